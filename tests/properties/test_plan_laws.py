"""Laws of a plan in a table."""

import dataclasses
from pathlib import PurePosixPath

from builders import decibels, drafted, row_of, sweep_of
from hypothesis import given
from hypothesis import strategies as st

from batchquant.plan.outputs import folded
from batchquant.plan.overviews import files_of
from batchquant.plan.sweep import image_of, rows_of_file
from batchquant.sources.source import ImageFile, suffix_of

NAMES = st.text(st.sampled_from("aAéÉe\u0301sSß\u017f~2"), min_size=1, max_size=4).map(
    lambda stem: f"{stem}.jpg"
)
ENDINGS = st.sampled_from(["", "~2", "~3", "~2~2"])
FILES = st.lists(st.builds(str.__add__, NAMES, ENDINGS), max_size=8, unique=True)
SWEEP = dataclasses.replace(sweep_of("png", "pdf", target=decibels(32.0)), sheet="png")


@given(FILES)
def test_no_two_images_share_a_place_where_neither_case_nor_form_counts(names):
    plan = drafted(*((SWEEP, row_of(name)) for name in names))
    assert [image.image for image in plan.images] == names
    places = [folded(path) for _, path in files_of(plan.images)]
    assert len(set(places)) == len(places)


@given(FILES)
def test_a_name_that_comes_first_keeps_its_folder(names):
    """Unless an earlier name was given that folder, since another one had its own."""
    plan = drafted(*((SWEEP, row_of(name)) for name in names))
    given_before = set()
    for image in plan.images:
        folder = image.variants[0].outputs["png"].split("/")[1]
        is_free = folded(image.image) not in given_before
        assert (folder == image.image) == is_free
        assert folder == image.image or folder.startswith(f"{image.image}~")
        given_before.add(folded(folder))


ROWS = st.builds(
    row_of,
    NAMES,
    job=st.sampled_from(["", "day", "Day"]),
    frame=st.integers(0, 3),
    takes_all=st.booleans(),
    size_bytes=st.integers(0, 2**62),
    mtime_ns=st.integers(-(2**80), 2**80),
    ctime_ns=st.none() | st.integers(-(2**80), 2**80),
    width=st.none() | st.integers(1, 2**30),
    height=st.none() | st.integers(1, 2**30),
    refusal=st.none() | st.just("bad_name: x"),
    absent=st.none() | st.just("source not looked at: x"),
)


@given(st.lists(ROWS, max_size=6, unique_by=lambda row: folded(row.directory)), st.data())
def test_images_in_a_table_are_those_of_a_list(rows, data):
    images = drafted(*((SWEEP, row) for row in rows)).images
    expected = [image_of(SWEEP, row) for row in rows]
    assert list(images) == expected
    place = data.draw(st.slices(len(rows)))
    assert list(images[place]) == expected[place]


RELATIVE = st.lists(
    st.text(st.sampled_from("a.B é~"), min_size=1, max_size=5), min_size=1, max_size=3
).map("/".join)


@given(st.sampled_from(["", "job"]), st.sampled_from(["photos", "./a", "a/", "."]), RELATIVE)
def test_names_are_those_that_path_objects_have(job, folder, relative):
    file = ImageFile(f"/{relative}", relative, 1)
    (row,) = rows_of_file(job, SWEEP, folder, file, None, frames="first")
    assert row.directory == str(PurePosixPath(job, folder, relative))
    last = relative.rpartition("/")[2]
    assert row.base == f"{row.directory}/{PurePosixPath(f'x/{last}').stem}" or last == "."
    assert suffix_of(relative) == PurePosixPath(relative).suffix.lower() or last == "."

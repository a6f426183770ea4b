"""The images of a plan in a table: that they lie there is not seen."""

import dataclasses
import os
from pathlib import Path

import pytest
from builders import decibels, drafted, row_of, sweep_of

from batchquant.metrics.target import Target
from batchquant.plan.sweep import image_of
from batchquant.store.draft import Draft
from batchquant.store.planned import PlannedImages, find_image
from batchquant.store.totals import refused_of, totals_of

NOT_UTF_8 = os.fsdecode(b"caf\xe9.jpg")
ANY_LETTERS = "trip/日本 \U0001f600'\"\n%_.jpg"
NFC, NFD = "caf\u00e9.jpg", "cafe\u0301.jpg"
ODD = {
    "a usual one": {},
    "of no size": {"width": None, "height": None},
    "not UTF-8": {
        "image": r"caf\xe9.jpg",
        "relative": NOT_UTF_8,
        "place": f"/photos/{NOT_UTF_8}",
        "refusal": "bad_name: the file name is not UTF-8; rename the file",
    },
    "of any letters": {"image": ANY_LETTERS, "relative": ANY_LETTERS},
    "from before 1970": {"mtime_ns": -1, "ctime_ns": -(2**70)},
    "from after 2262": {"mtime_ns": 2**63, "ctime_ns": 2**127},
    "without a time of change": {"ctime_ns": None},
    "a frame of many": {"frame": 7, "takes_all": True},
    "huge": {"size_bytes": 2**62, "width": 2**31, "height": 2**31},
    "refused": {"refusal": "too_large: x"},
    "absent": {"absent": "source not looked at: x"},
    "read otherwise since": {"since": 3, "drawn_since": 2},
    "of a named job": {"job": "night", "folder": "scans"},
}  # fmt: skip
SWEEPS = {
    "few": sweep_of(),
    "all": sweep_of(
        *("png", "pdf", "gpl", "swatch"),
        k=(2, 300),
        init=("random", "in_pixel"),
        book=True,
        target=decibels(32.5),
        dpi=72.5,
        palette=((1, 2, 3), (255, 255, 255)),
        pin=((0, 0, 0),),
        reduce=9,
        blur=0.1,
    ),
    "source": sweep_of(dpi="source", max_pixels=99, truncated="accept"),
}


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_an_image_comes_out_as_it_was_put_in(changes, sweep):
    row = row_of(**changes)
    plan = drafted((sweep, row))
    assert list(plan.images) == [image_of(sweep, row)]
    assert list(plan.images.below(row.job, row.folder)) == [(sweep, row)]


def many(n=5, **changes):
    """Images of two jobs in turn, and all of them as they are in a plan without a table."""
    entries = [
        (sweep_of(k=(3,)), row_of(f"{number}.jpg", job="day"))
        if number % 2
        else (sweep_of("pdf"), row_of(f"{number}.jpg", job="night", **changes))
        for number in range(n)
    ]
    return drafted(*entries).images, tuple(image_of(sweep, row) for sweep, row in entries)


PLACES = [
    slice(None), slice(2), slice(1, 3), slice(3, 1), slice(-2, None), slice(None, None, 2),
    slice(None, None, -1), slice(4, None, -2), slice(9, 99), slice(-99, 99), slice(2, 2),
]  # fmt: skip


def test_they_are_a_sequence_like_any_other():
    images, expected = many()
    assert isinstance(images, PlannedImages)
    assert (len(images), bool(images)) == (5, True)
    assert list(images) == list(images) == list(expected)
    assert list(reversed(images)) == list(reversed(expected))
    for place in range(-5, 5):
        assert images[place] == expected[place]
    for place in PLACES:
        assert list(images[place]) == list(expected[place])
    for place in (-6, 5, 99):
        with pytest.raises(IndexError):
            images[place]
    assert expected[3] in images
    assert images.index(expected[3]) == 3
    assert dataclasses.replace(expected[3], frame=9) not in images


def test_two_can_go_through_them_at_once():
    images, expected = many()
    pairs = [(one.image, other.image) for one in images for other in images]
    assert pairs == [(one.image, other.image) for one in expected for other in expected]


def test_without_images_they_are_empty():
    images = drafted().images
    assert (len(images), bool(images), list(images), images[:]) == (0, False, [], [])
    with pytest.raises(IndexError):
        images[0]
    assert totals_of(images) == totals_of(())


def test_one_is_found_by_its_name():
    images, expected = many()
    for sequence in (images, expected):
        assert find_image(sequence, expected[3].key) == expected[3]
    assert images.position(expected[3].key) == 3
    assert images.position(("day", "photos", "none.jpg", 0)) is None


def draft(*names, **changes):
    """Directories that images of these names are given, and what is told of it."""
    draft = Draft()
    sweep = draft.add_sweep(sweep_of(k=(3,)))
    told = [draft.add(sweep, row_of(name, **changes)) for name in names]
    return [path.split("/")[1] for image in draft.images for path in pngs(image)], told, draft


def pngs(image):
    return [variant.outputs["png"] for variant in image.variants]


def test_names_that_differ_in_case_or_unicode_form_get_folders_of_their_own():
    names = ("Cat.jpg", "cat.JPG", "cat.jpg", NFC, NFD, "dog.jpg")
    folders, told, drafted = draft(*names)
    assert folders == ["Cat.jpg", "cat.JPG~2", "cat.jpg~3", NFC, f"{NFD}~2", "dog.jpg"]
    images = list(drafted.images)
    assert pngs(images[1]) == ["photos/cat.JPG~2/cat_k003_random.png"]
    hidden = [image.overview.outputs["thumbnail"].casefold() for image in images]
    assert len(set(hidden)) == len(images)
    assert all(path.startswith("_run/") for path in hidden)
    assert [image.image for image in images] == list(names)
    assert [sentence is not None for sentence in told] == [False, True, True, False, True, False]
    assert told[1] == (
        "photos/cat.JPG: another name differs only in letter case or Unicode form;"
        " outputs go to cat.JPG~2/"
    )


def test_what_a_person_takes_of_an_image_goes_to_its_folder_too():
    sheet = dataclasses.replace(sweep_of(target=decibels(32.0)), sheet="png")
    _, image = drafted((sheet, row_of("Cat.jpg")), (sheet, row_of("cat.jpg"))).images
    assert image.overview.outputs["sheet_png"] == "photos/cat.jpg~2/cat_sheet.png"
    assert image.overview.outputs["best"] == "photos/cat.jpg~2/cat_best.png"


def test_a_name_that_looks_like_that_of_a_second_is_one_of_its_own():
    assert draft("cat.jpg~2", "cat.jpg", "CAT.jpg")[0] == ["cat.jpg~2", "cat.jpg", "CAT.jpg~3"]
    assert draft("cat.jpg", "CAT.jpg", "CAT.JPG~2")[0] == ["cat.jpg", "CAT.jpg~2", "CAT.JPG~2~2"]


def test_frames_of_a_file_share_its_folder():
    frames = [row_of("a.gif", frame=frame, takes_all=True) for frame in range(3)]
    other = [row_of("A.gif", frame=frame, takes_all=True) for frame in range(2)]
    images = drafted(*((sweep_of(k=(3,)), row) for row in [*frames, *other])).images
    assert [path for image in images for path in pngs(image)] == [
        *(f"photos/a.gif/a_f00{frame}_k003_random.png" for frame in range(3)),
        *(f"photos/A.gif~2/A_f00{frame}_k003_random.png" for frame in range(2)),
    ]


def test_folders_and_jobs_of_like_names_are_told_apart():
    entries = [("day", "photos"), ("Day", "photos"), ("day", "PHOTOS")]
    rows = [row_of(job=job, folder=folder) for job, folder in entries]
    images = drafted(*((sweep_of(k=(3,)), row) for row in rows)).images
    assert [str(Path(path).parent) for image in images for path in pngs(image)] == [
        "day/photos/a.jpg",
        "Day/photos/a.jpg~2",
        "day/PHOTOS/a.jpg~3",
    ]


def test_equal_sweeps_have_one_number():
    draft = Draft()
    numbers = [draft.add_sweep(sweep) for sweep in (*SWEEPS.values(), *SWEEPS.values())]
    assert numbers[:3] == numbers[3:]
    assert len(set(numbers)) == 3


def test_totals_are_those_of_going_through_all():
    entries = [
        (sweep_of("png", "pdf", book=True), row_of("a.jpg", job="night", width=3, height=5)),
        (sweep_of("png"), row_of("b.jpg", job="day", width=2, height=2)),
        (sweep_of("png"), row_of("c.jpg", job="day", folder="scans")),
        (sweep_of("png"), row_of("d.jpg", job="day", refusal="bad_name: x", width=9, height=9)),
        (sweep_of("png"), row_of("e.jpg", job="day", width=None, height=None)),
        (sweep_of("gpl", book=True), row_of("f.jpg", job="odd", refusal="bad_name: x")),
    ]
    plan = drafted(*entries)
    found = totals_of(plan.images)
    assert found == totals_of(tuple(plan.images))
    assert (found.n_images, found.n_variants, found.n_refused) == (6, 12, 4)
    assert found.pixels == 3 * 5 + 2 * 2 + 1
    assert list(found.folders) == [("night", "photos"), ("day", "photos"), ("day", "scans"),
                                   ("odd", "photos")]  # fmt: skip
    assert list(found.jobs) == ["night", "day", "odd"]
    assert found.files == {"png": 2 * 4, "pdf": 2}
    assert list(found.books) == ["night"]
    refused = ["d.jpg", "f.jpg"]
    for images in (plan.images, tuple(plan.images)):
        assert [image.image for image in refused_of(images)] == refused


def test_of_an_input_a_target_of_a_metric_that_is_gone_is_left_out(extended):
    extended("toy")
    sweep, row = sweep_of(target=Target("toy", 0.5)), row_of()
    plan = drafted((sweep, row))
    extended()
    plain = dataclasses.replace(sweep, target=None)
    assert list(plan.images.below(row.job, row.folder)) == [(plain, row)]

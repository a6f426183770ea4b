"""What variants leave for the overview of their picture."""

import dataclasses

import numpy as np
import pytest
from builders import variant_of
from PIL import Image
from sources import SWAPPED_PROFILE

from batchquant.formats.registry import kinds_of
from batchquant.metrics.target import Target
from batchquant.plan.records import Overview, PlannedImage, Settings
from batchquant.run.drawings import overview_task
from batchquant.sources.source import ImageFile
from batchquant.steps import overview, workplace
from batchquant.steps.task import Pending
from batchquant.steps.tasks import make_tasks
from batchquant.steps.variants import process
from batchquant.steps.workplace import HERE
from batchquant.store import records_of

SETTINGS = Settings(seed=0, n_init=1, max_iter=100, tol=0.0, dpi=72.0, background=(9, 200, 30))
FILES = {
    "thumbnail": "_run/thumbs/a.jpg",
    "preview": "_run/previews/a.jpg",
    "palettes": "_run/palettes/a.js",
    "sheet_png": "a_sheet.png",
    "sheet_pdf": "a_sheet.pdf",
    "best": "a_best.png",
}
STARTS = ("in_pixel", "maximin")
ALPHA = {"none": None, "binary": [0, 255], "soft": [0, 20, 128, 255]}


@pytest.fixture(autouse=True)
def nothing_is_kept():
    HERE.forget()
    yield
    HERE.forget()


def planned(folder, alpha, formats, k=(2, 7, 300), settings=SETTINGS, init=STARTS, **options):
    """Plan a picture of noise, larger than a tile in one direction."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (90, 400, 3), dtype=np.uint8)
    if ALPHA[alpha]:
        opacity = rng.choice(np.array(ALPHA[alpha], np.uint8), (90, 400))
        pixels = np.dstack([pixels, opacity])
    source = folder / "a.png"
    Image.fromarray(pixels).save(source, **options)
    variants = tuple(
        variant_of(each, start, f"{each} {start}", **{kind: f"{base}.{kind}" for kind in formats})
        for each in k
        for start in init
        for base in (f"a_k{each:03d}_{start}",)
    )
    return PlannedImage(
        job="",
        folder="photos",
        image="a.png",
        frame=0,
        takes_all=False,
        file=ImageFile(str(source), "a.png", source.stat().st_size),
        size=(400, 90),
        settings=settings,
        variants=variants,
        overview=Overview(tuple(FILES.items()), Target("psnr_db", 12)),
    )


def make(image, output):
    """Make all variants, as the tasks of a run do; return their records."""
    (output / "_run").mkdir(parents=True, exist_ok=True)
    records = {}
    for task in make_tasks(output, [Pending(0, image, image.variants)], 1):
        result = process(dataclasses.replace(task, stop_file=None))
        assert result.error is None
        records |= {r.key: r for r in records_of(image, task.variants, result)}
    return records


def draw(image, output, records):
    """Draw the overview; return what is written, by path."""
    task = overview_task(image, output, records, {})
    task = dataclasses.replace(task, stop_file=None, ours=frozenset(task.places))
    result = task.run(lambda part: None)
    assert result.error is None
    files = {kind: (output / FILES[kind]).read_bytes() for kind in result.files}
    return files, result.files


def forbid(monkeypatch, *names):
    """Let an overview fail that does what it need not do."""
    for module, name in names:
        monkeypatch.setattr(module, name, None)


@pytest.mark.parametrize("icc_profile", [None, SWAPPED_PROFILE], ids=["srgb", "profile"])
@pytest.mark.parametrize("alpha", ALPHA)
@pytest.mark.parametrize("kind", kinds_of("formats"))
def test_an_overview_shows_the_same_whether_it_finds_something_or_not(
    kind, alpha, icc_profile, tmp_path
):
    image, output = (
        planned(tmp_path, alpha, [kind], (2, 7), icc_profile=icc_profile),
        tmp_path / "o",
    )
    records = make(image, output)
    found = draw(image, output, records)
    HERE.forget()
    assert draw(image, output, records) == found


@pytest.mark.parametrize("alpha", ALPHA)
def test_nothing_is_read_that_was_just_made(alpha, tmp_path, monkeypatch):
    image, output = planned(tmp_path, alpha, ["png"]), tmp_path / "out"
    records = make(image, output)
    forbid(monkeypatch, (overview, "decode"), (overview, "read_output"), (workplace, "read_source"))
    assert draw(image, output, records)[0].keys() == FILES.keys()


def test_a_file_that_was_written_otherwise_is_read(tmp_path):
    image, output = planned(tmp_path, "none", ["png"], (2,)), tmp_path / "out"
    records = make(image, output)
    key, record = records.popitem()
    png = record.outputs["png"]._replace(digest=b"another.")
    Image.new("RGB", (400, 90), (1, 2, 3)).save(output / png.path)
    records[key] = dataclasses.replace(record, outputs={"png": png})
    files, _ = draw(image, output, records)
    assert b"010203" in files["palettes"]


def test_of_many_variants_the_last_are_kept(tmp_path, monkeypatch):
    k = tuple(range(2, 14))
    image, output = planned(tmp_path, "none", ["png"], k), tmp_path / "out"
    assert len(image.variants) == 24
    records = make(image, output)
    assert len(HERE._made) == 16
    forbid(monkeypatch, (overview, "decode"))
    found = draw(image, output, records)
    HERE.forget()
    monkeypatch.undo()
    assert draw(image, output, records) == found


def test_another_picture_takes_the_place_of_the_last(tmp_path):
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        settings = dataclasses.replace(SETTINGS, reduce=100 if name == "b" else None)
        make(planned(folder, "none", ["png"], settings=settings), folder)
    assert len(HERE._made) == 6
    assert HERE._looks.original.size == (100, 22)


def test_a_part_of_a_picture_keeps_nothing_for_an_overview_elsewhere(tmp_path):
    image = planned(tmp_path, "none", ["png"])
    tasks = list(make_tasks(tmp_path, [Pending(0, image, image.variants)], 2))
    assert [task.is_shown_next for task in tasks] == [False, False]


def test_a_file_of_many_pictures_is_read_again_when_it_has_changed(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(b"one")
    first = HERE.read(str(path), is_wanted_again=True)
    assert HERE.read(str(path), is_wanted_again=True) is first
    path.write_bytes(b"other")
    assert HERE.read(str(path), is_wanted_again=True).content == b"other"
    place = str(path)
    assert HERE.read(place, is_wanted_again=False) is not HERE.read(place, is_wanted_again=False)


def test_a_source_that_tells_no_stamp_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "many.tif"
    path.write_bytes(b"one")
    monkeypatch.setattr("batchquant.sources.local.LocalFolder.stamp", lambda source, place: ())
    first = HERE.read(str(path), is_wanted_again=True)
    assert HERE.read(str(path), is_wanted_again=True) is not first

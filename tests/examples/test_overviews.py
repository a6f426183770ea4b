"""What is to be drawn, and what is drawn of it."""

import dataclasses
import hashlib
import io
import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import decibels, variant_of
from PIL import Image
from sources import SWAPPED_PROFILE

from batchquant.engine.budget import Budget
from batchquant.errors import StorageError
from batchquant.files.digests import digest_of
from batchquant.formats.palette_text import parse_hex
from batchquant.images.draw.canvas import PAPER
from batchquant.images.draw.front_matter import Front
from batchquant.images.draw.sheet import GAP, HEAD, MARGIN, START, tile_size
from batchquant.images.read.version import DECODER
from batchquant.plan.keys import old_fingerprints
from batchquant.plan.overviews import book_key
from batchquant.plan.records import Overview, Plan, PlannedImage, Settings
from batchquant.plan.wording import Wording
from batchquant.report.captions import exhibits_of
from batchquant.run.drawings import Drawings, book, book_task, overview, overview_task
from batchquant.run.schedule import Schedule
from batchquant.sources.source import ImageFile
from batchquant.steps.drawings import BookTask, OverviewTask
from batchquant.steps.need import BYTES_OF_FADE
from batchquant.steps.result import OverviewResult
from batchquant.steps.stopping import STOP_FILE
from batchquant.steps.task import Task
from batchquant.steps.variants import process
from batchquant.store import Ledger, OverviewRecord, records_of

SETTINGS = Settings(seed=0, n_init=1, max_iter=100, tol=0.0, dpi=72.0)
KINDS = {
    "thumbnail": "_run/thumbs/a.jpg",
    "preview": "_run/previews/a.jpg",
    "palettes": "_run/palettes/a.js",
    "sheet_png": "a.png/a_sheet.png",
    "sheet_pdf": "a.png/a_sheet.pdf",
    "best": "a.png/a_best.png",
}


def work(task):
    return task.run(lambda part: None)


def image_of(folder, *, kinds=KINDS, target=None, is_in_book=False, formats=("png",), **options):
    """Write a picture of five colors and plan it in 2, 3 and 5, from two starts."""
    source = folder / "photos" / "a.png"
    source.parent.mkdir(exist_ok=True)
    row = np.repeat([[0, 0, 0], [20, 0, 0], [200, 0, 0], [0, 200, 0], [0, 0, 250]], 8, axis=0)
    pixels = np.broadcast_to(row.astype(np.uint8), (30, 40, 3))
    Image.fromarray(np.ascontiguousarray(pixels)).save(source, **options)
    variants = tuple(
        variant_of(k, init, f"recipe {k} {init}", **{kind: f"{base}.{kind}" for kind in formats})
        for k in (2, 3, 5)
        for init in ("in_pixel", "maximin")
        for base in (f"a.png/a_k{k:03d}_{init}",)
    )
    return PlannedImage(
        job="",
        folder="photos",
        image="a.png",
        frame=0,
        takes_all=False,
        file=ImageFile(str(source), "a.png", source.stat().st_size, source.stat().st_mtime_ns),
        size=(40, 30),
        settings=SETTINGS,
        variants=variants,
        overview=Overview(tuple(kinds.items()), target, is_in_book),
    )


def task_of(image, output):
    return Task(
        index=0,
        position=0,
        title="a picture",
        source=image.file.place,
        frame=0,
        takes_all=False,
        pixels=image.pixels,
        output=output,
        settings=image.settings,
        stop_file=output / STOP_FILE,
        variants=image.variants,
        key=image.key,
    )


def made(image, output):
    """Make all variants; return their records."""
    (output / "_run").mkdir(parents=True, exist_ok=True)
    result = process(task_of(image, output))
    return {record.key: record for record in records_of(image, image.variants, result)}


def drawn(task):
    """Do what a task says; return its record, by key."""
    record = OverviewRecord.of(task, work(dataclasses.replace(task, ours=frozenset(task.places))))
    assert record.error is None
    return {record.key: record}


def psnr_of(records, k, init):
    error = next(r.figures["mse"] for r in records.values() if (r.k, r.init) == (k, init))
    return np.inf if error == 0 else 10 * np.log10(255**2 / error)


def test_what_is_drawn_is_there_as_the_record_says(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    (record,) = drawn(overview_task(image, output, records, {})).values()
    assert set(record.outputs) == set(KINDS) - {"best"}
    for kind, written in record.outputs.items():
        content = (output / written.path).read_bytes()
        assert written[:3] == (KINDS[kind], len(content), digest_of(content))
    for kind in ("thumbnail", "preview"):
        with Image.open(output / KINDS[kind]) as shown:
            assert (shown.format, shown.size) == ("JPEG", (40, 30))


def test_pixels_that_are_not_square_are_drawn_in_their_true_shape(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    Image.open(image.file.place).save(image.file.place, dpi=(200, 100))
    records = made(image, output)
    earlier = {key: dataclasses.replace(r, decoder=None) for key, r in records.items()}
    task = overview_task(image, output, records, drawn(overview_task(image, output, earlier, {})))
    assert task is not None  # drawn again, though all else is as it was
    drawn(task)
    with Image.open(output / KINDS["thumbnail"]) as thumbnail:
        assert thumbnail.size == (40, 60)  # of 40 x 30 pixels
    top = HEAD + START - GAP // 2
    with Image.open(output / KINDS["sheet_png"]) as sheet:
        column = [sheet.getpixel((MARGIN + 319, top + y)) for y in (0, 479, 480)]
    assert column == [(0, 0, 250), (0, 0, 250), PAPER]  # 320 x 480


def taken_by_page(script):
    """Name and palettes of a picture, and what its card is painted from."""
    (arguments,) = re.fullmatch(r'batchquant\.take\("palettes",(.*)\);\n', script).groups()
    return json.loads(f"[{arguments}]")


def test_palettes_are_those_of_the_pngs(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    drawn(overview_task(image, output, made(image, output), {}))
    script = (output / KINDS["palettes"]).read_text()
    name, palettes, _ = taken_by_page(script)
    assert name == "a"
    assert set(palettes) == {f"{k} {init}" for k in (2, 3, 5) for init in ("in_pixel", "maximin")}
    assert palettes["5 maximin"] == [
        ["#000000", 240],
        ["#140000", 240],
        ["#0000fa", 240],
        ["#c80000", 240],
        ["#00c800", 240],
    ]


def test_the_card_is_painted_from_the_picture_or_from_a_strip_of_what_was_dithered(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    for options, kinds in (
        ({}, {"picture": "data:image/webp;base64,", "space": "srgb"}),
        ({"color_space": "oklab"}, {"picture": "data:image/webp;base64,", "space": "oklab"}),
        ({"dither": "bayer"}, {"strip": "data:image/webp;base64,", "tile": [160, 120, 3]}),
    ):
        planned = dataclasses.replace(image, settings=dataclasses.replace(SETTINGS, **options))
        drawn(overview_task(planned, output, made(planned, output), {}))
        _, _, card = taken_by_page((output / KINDS["palettes"]).read_text())
        assert card.keys() == kinds.keys()
        for name, value in kinds.items():
            begin = card[name][: len(value)] if isinstance(value, str) else card[name]
            assert begin == value
        shutil.rmtree(output)


def test_names_of_colors_are_shown_and_other_names_drawn_anew(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    nameless = drawn(overview_task(image, output, records, {}))
    names = (((200, 0, 0), "Brick"), ((9, 9, 9), "in no picture"))
    named = dataclasses.replace(
        image, settings=dataclasses.replace(image.settings, color_names=names)
    )
    task = overview_task(named, output, records, nameless)
    known = drawn(task)
    script = (output / KINDS["palettes"]).read_text()
    assert '["#0000fa",240],["#c80000",240,"Brick"],["#00c800",240]' in script
    assert "in no picture" not in script
    assert overview_task(named, output, records, known) is None
    assert overview_task(image, output, records, known) is not None


def test_what_is_drawn_is_not_drawn_again(tmp_path):
    image, output = image_of(tmp_path, target=decibels(50.0)), tmp_path / "out"
    records = made(image, output)
    known = drawn(overview_task(image, output, records, {}))
    assert overview_task(image, output, records, known) is None
    assert overview_task(image, output, records, known, verify=True) is None
    damaged = output / KINDS["preview"]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    assert overview_task(image, output, records, known) is None
    assert overview_task(image, output, records, known, verify=True) is not None
    damaged.unlink()
    assert overview_task(image, output, records, known) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"variants": 5},
        {"target": decibels(40.0)},
        {"files": (*KINDS.items(), ("page", "_run/book/a.pdf"))},
    ],
)
def test_another_variant_target_or_file_is_drawn(tmp_path, changes):
    image, output = image_of(tmp_path, target=decibels(50.0)), tmp_path / "out"
    records = made(image, output)
    known = drawn(overview_task(image, output, records, {}))
    if "variants" in changes:
        changed = dataclasses.replace(image, variants=image.variants[: changes["variants"]])
    else:
        overview = dataclasses.replace(image.overview, **changes)
        changed = dataclasses.replace(image, overview=overview)
    assert overview_task(changed, output, records, known) is not None


def test_an_image_of_which_nothing_is_done_is_not_drawn(tmp_path):
    image = image_of(tmp_path)
    failed = {
        key: dataclasses.replace(record, status="failed", error="unreadable: x")
        for key, record in made(image, tmp_path / "out").items()
    }
    assert overview_task(image, tmp_path / "out", failed, {}) is None
    assert overview_task(image, tmp_path / "out", {}, {}) is None


def test_what_failed_is_tried_again(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    task = overview_task(image, output, records, {})
    Path(image.file.place).write_bytes(b"another")
    result = work(task)
    assert result == OverviewResult(
        image.key, {}, "unreadable: the file has changed while it was worked on"
    )
    known = {image.key: OverviewRecord.of(task, result)}
    assert overview_task(image, output, records, known) is not None


def test_the_best_is_the_smallest_k_that_meets_the_target(tmp_path):
    image, output = image_of(tmp_path, target=decibels(30.0)), tmp_path / "out"
    records = made(image, output)
    reached = [
        (record.k, -psnr_of(records, record.k, record.init), record)
        for record in records.values()
        if psnr_of(records, record.k, record.init) >= 30
    ]
    best = min(reached, key=lambda entry: entry[:2])[2]
    assert best.k == min(k for k, _, _ in reached)
    task = overview_task(image, output, records, {})
    (shown,) = [exhibit for exhibit in task.exhibits if exhibit.is_best]
    assert (shown.k, shown.init) == (best.k, best.init)
    assert "meets 30 dB" in shown.mark
    assert f"30 dB is met from K {best.k}" in task.subtitle
    drawn(task)
    assert (output / KINDS["best"]).samefile(output / best.outputs["png"].path)


def test_a_target_that_is_not_met_is_said_and_touches_no_file(tmp_path):
    image, output = image_of(tmp_path, target=decibels(90.0)), tmp_path / "out"
    image = dataclasses.replace(image, variants=image.variants[:2])  # K 2 alone
    records = made(image, output)
    (output / KINDS["best"]).write_bytes(b"a stranger's")
    task = overview_task(image, output, records, {})
    assert task.subtitle.endswith("90 dB is not reached")
    assert not any(exhibit.is_best or exhibit.mark for exhibit in task.exhibits)
    (record,) = drawn(task).values()
    assert "best" not in record.outputs
    assert (output / KINDS["best"]).read_bytes() == b"a stranger's"


def test_what_is_still_to_be_made_is_said_and_drawn_again_when_it_is(tmp_path):
    image, output = image_of(tmp_path, target=decibels(16.0)), tmp_path / "out"
    records = made(image, output)  # 12, 16.04 and infinitely many dB with K 2, 3 and 5
    assert overview_task(image, output, records, {}).subtitle == (
        "5 colors · 16 dB is met from K 3, start in_pixel"
    )
    said, known = [], {}
    for k_made in ([2], [5], [3, 5], [2, 3]):
        some = {key: record for key, record in records.items() if record.k in k_made}
        task = overview_task(image, output, some, known)
        said.append(task.subtitle)
        known = drawn(task)
        assert overview_task(image, output, some, known) is None
        assert (output / KINDS["best"]).exists() == (k_made != [2])  # the best so far
    assert said == [
        "5 colors · 16 dB is not reached so far · 2 K still to be made",
        "5 colors · 16 dB is met at K 5 so far, start in_pixel · 2 K still to be made",
        "5 colors · 16 dB is met at K 3 so far, start in_pixel · 1 K still to be made",
        "5 colors · 16 dB is met from K 3, start in_pixel · 1 K still to be made",
    ]


def test_a_k_that_failed_is_not_still_to_be_made(tmp_path):
    image, output = image_of(tmp_path, target=decibels(90.0)), tmp_path / "out"
    image = dataclasses.replace(image, variants=image.variants[:4])  # K 2 and 3
    records = made(image, output)
    some = {key: record for key, record in records.items() if record.k == 2}
    task = overview_task(image, output, some, {})
    assert task.subtitle.endswith("90 dB is not reached so far · 1 K still to be made")
    known = drawn(task)
    for key in records.keys() - some.keys():
        some[key] = dataclasses.replace(records[key], status="failed", error="timeout: x")
    assert overview_task(image, output, some, known).subtitle.endswith("90 dB is not reached")


def test_a_best_of_ours_is_withdrawn_when_it_is_good_enough_no_more(tmp_path):
    image, output = image_of(tmp_path, target=decibels(1.0)), tmp_path / "out"
    image = dataclasses.replace(image, variants=image.variants[:2])
    records = made(image, output)
    known = drawn(overview_task(image, output, records, {}))
    assert (output / KINDS["best"]).is_file()
    higher = dataclasses.replace(image, overview=Overview(image.overview.files, decibels(90.0)))
    (record,) = drawn(overview_task(higher, output, records, known)).values()
    assert not (output / KINDS["best"]).exists()
    assert "best" not in record.outputs
    assert overview_task(higher, output, records, {record.key: record}) is None


def test_a_best_is_withdrawn_though_drawing_failed_in_between(tmp_path):
    image, output = image_of(tmp_path, target=decibels(1.0)), tmp_path / "out"
    image = dataclasses.replace(image, variants=image.variants[:2])
    records = made(image, output)
    drawn(overview_task(image, output, records, {}))
    higher = dataclasses.replace(image, overview=Overview(image.overview.files, decibels(90.0)))
    task = overview_task(higher, output, records, {})
    failed = OverviewRecord.of(task, OverviewResult(task.key, {}, "timeout: not done within 1 s"))
    drawn(overview_task(higher, output, records, {failed.key: failed}))
    assert not (output / KINDS["best"]).exists()


def test_where_there_are_only_pdfs_they_are_shown(tmp_path):
    kinds = {kind: path for kind, path in KINDS.items() if kind != "best"}
    image, output = image_of(tmp_path, kinds=kinds, formats=("pdf",)), tmp_path / "out"
    drawn(overview_task(image, output, made(image, output), {}))
    script = (output / KINDS["palettes"]).read_text()
    assert '"5 maximin":[["#000000",240],["#140000",240]' in script


@pytest.mark.parametrize("formats", [("png",), ("pdf",)])
def test_colors_of_a_picture_with_a_profile_are_srgb(formats, tmp_path):
    image = image_of(tmp_path, formats=formats, icc_profile=SWAPPED_PROFILE)
    output = tmp_path / "out"
    drawn(overview_task(image, output, made(image, output), {}))
    script = (output / KINDS["palettes"]).read_text()
    colors = re.search(r'"5 maximin":(\[.*?\]\])', script)[1]
    found = [parse_hex(color) for color, _ in json.loads(colors)]
    swapped = [(0, 0, 0), (0, 0, 20), (250, 0, 0), (0, 0, 200), (0, 200, 0)]
    assert np.abs(np.subtract(found, swapped)).max() <= 2


@pytest.mark.parametrize("formats", [("png",), ("pdf",)])
def test_tiles_of_a_picture_with_a_profile_are_srgb(formats, tmp_path):
    image = image_of(tmp_path, formats=formats, icc_profile=SWAPPED_PROFILE)
    output = tmp_path / "out"
    drawn(overview_task(image, output, made(image, output), {}))
    with Image.open(output / KINDS["sheet_png"]) as sheet:
        shown = {color for _, color in sheet.convert("RGB").getcolors(1 << 16)}
    assert not any(190 < red < 210 and max(green, blue) < 20 for red, green, blue in shown)
    assert any(190 < blue < 210 and max(red, green) < 20 for red, green, blue in shown)


def test_a_sheet_of_two_runs_is_the_same(tmp_path):
    image = image_of(tmp_path)
    sheets = []
    for output in (tmp_path / "out", tmp_path / "elsewhere"):
        drawn(overview_task(image, output, made(image, output), {}))
        sheets.append([(output / KINDS[kind]).read_bytes() for kind in KINDS if kind != "best"])
    assert sheets[0] == sheets[1]


def test_a_wish_to_stop_leaves_nothing_half_done(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    task = overview_task(image, output, made(image, output), {})
    (output / STOP_FILE).touch()
    assert work(task) == OverviewResult(image.key, {})
    assert not (output / KINDS["thumbnail"]).exists()


def drawn_long_ago(image, output, records, form):
    """Return what a version before recipes knew of the same overview."""
    (known,) = drawn(overview_task(image, output, records, {})).values()
    done = list(records.values())
    shown = [
        (r.k, r.init, old_fingerprints(image.settings, 0, r.k, r.init)[form], DECODER) for r in done
    ]
    content = [2, image.key, image.overview.files, None, done[0].source_sha256, shown, []]
    old = hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
    return {image.key: dataclasses.replace(known, fingerprint=old)}


@pytest.mark.parametrize("form", [0, 1])
def test_what_was_drawn_before_there_were_recipes_stays_until_something_changes(form, tmp_path):
    kinds = {kind: path for kind, path in KINDS.items() if not kind.startswith("sheet")}
    image, output = image_of(tmp_path, kinds=kinds), tmp_path / "out"
    image = dataclasses.replace(image, settings=dataclasses.replace(SETTINGS, max_pixels=10_000))
    records = made(image, output)
    known = drawn_long_ago(image, output, records, form)
    assert overview_task(image, output, records, known) is None
    settings = dataclasses.replace(image.settings, seed=9)
    assert overview_task(dataclasses.replace(image, settings=settings), output, records, known)


def test_sheets_of_older_versions_are_drawn_anew_and_once(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    task = overview_task(image, output, records, drawn_long_ago(image, output, records, 0))
    assert task is not None
    assert overview_task(image, output, records, drawn(task)) is None


def test_what_is_varied_stands_on_the_sheet(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    plain = overview_task(image, output, records, {})
    task = overview_task(image, output, records, {}, varied=(("blur", "3"), ("reduce", "")))
    assert (plain.varied, task.varied) == ("", "blur 3 · reduce none")
    assert task.fingerprint != plain.fingerprint
    assert overview_task(image, output, records, drawn(task), varied=(("blur", "0"),)) is not None


FADING = {**KINDS, "before_after": "a.png/a_before_after.webp"}


@pytest.mark.parametrize(
    ("numbers", "target", "k"),
    [
        ((2, 3, 5), decibels(16.0), 3),  # the smallest that reaches the target
        ((2, 3, 5), None, 3),  # no knee of three: the one in the middle
        ((2, 5), None, 2),
        ((5,), None, 5),
    ],
)
def test_before_and_after_fade_into_the_variant_that_the_wall_shows(numbers, target, k, tmp_path):
    kinds = {kind: path for kind, path in FADING.items() if target or kind != "best"}
    image, output = image_of(tmp_path, kinds=kinds, target=target), tmp_path / "out"
    variants = tuple(variant for variant in image.variants if variant.k in numbers)
    image = dataclasses.replace(image, variants=variants)
    records = made(image, output)
    task = overview_task(image, output, records, {})
    (after,) = (exhibit for exhibit in task.exhibits if exhibit.is_after)
    assert after.k == k
    drawn(task)
    with Image.open(output / FADING["before_after"]) as shown:
        assert (
            np.asarray(shown.convert("RGB")).reshape(-1, 3).tolist()
            == np.asarray(Image.open(image.file.place).resize(shown.size, Image.Resampling.NEAREST))
            .reshape(-1, 3)
            .tolist()
        )
        shown.seek(shown.n_frames - 1)
        assert len(shown.convert("RGB").getcolors()) == after.n_colors


def test_what_is_at_the_knee_comes_after_where_there_is_no_target(tmp_path):
    image, output = image_of(tmp_path, kinds=FADING), tmp_path / "out"
    done = list(made(image, output).values())
    shown = [exhibit for exhibit in exhibits_of(done, 5, None, None) if exhibit.is_after]
    assert [(exhibit.k, exhibit.mark) for exhibit in shown] == [(5, "knee")]


def test_without_a_knee_the_fewest_colors_that_are_exact_come_after(tmp_path):
    image, output = image_of(tmp_path, kinds=FADING), tmp_path / "out"
    done = [
        dataclasses.replace(record, figures=dict(record.figures) | {"mse": 0.0})
        for record in made(image, output).values()
    ]
    shown = [exhibit.k for exhibit in exhibits_of(done, None, None, None) if exhibit.is_after]
    assert shown == [min(record.k for record in done)]


def test_a_fade_has_a_version_and_memory_of_its_own(tmp_path, monkeypatch):
    image, output = image_of(tmp_path, kinds=FADING), tmp_path / "out"
    plain = dataclasses.replace(image, overview=Overview(tuple(KINDS.items())))
    records = made(image, output)
    task = overview_task(image, output, records, {})
    before = overview_task(plain, output, records, {})
    assert task.need_bytes - before.need_bytes == BYTES_OF_FADE
    monkeypatch.setattr(overview, "FADE_VERSION", 99)
    assert overview_task(image, output, records, {}).fingerprint != task.fingerprint
    assert overview_task(plain, output, records, {}).fingerprint == before.fingerprint


@pytest.mark.parametrize(("name", "is_drawn_anew"), [("猫.png", True), ("قطة.png", False)])
def test_a_sheet_with_boxes_is_drawn_anew_once_there_is_a_font(
    name, is_drawn_anew, tmp_path, monkeypatch
):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    image = dataclasses.replace(image, image=name)
    records = {
        (*key[:2], name, *key[3:]): dataclasses.replace(record, image=name)
        for key, record in records.items()
    }
    before = overview_task(image, output, records, {})
    monkeypatch.setattr(overview, "version_of_extra", lambda: "another")
    after = overview_task(image, output, records, {})
    assert (before.fingerprint != after.fingerprint) == is_drawn_anew


def test_an_output_folder_that_is_gone_is_not_made_anew(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    task = overview_task(image, output, made(image, output), {})
    (output / "_run").rmdir()
    with pytest.raises(StorageError, match="the folder is gone"):
        work(task)


def test_a_book_waits_for_its_job_and_is_bound_once(tmp_path):
    image, output = image_of(tmp_path, is_in_book=True), tmp_path / "out"
    plan = Plan(output, (image,), (), ())
    records = made(image, output)
    assert book_task(plan, "", records, {}) is None  # no sheet
    known = drawn(overview_task(image, output, records, {}))
    assert book_task(plan, "", dict(list(records.items())[1:]), known) is None
    task = book_task(plan, "", records, known)
    assert task.pages == (("photos/a.png", KINDS["sheet_pdf"]),)
    assert task.front == Front(
        "Contact sheets", ("1 picture", "K 2, 3, 5 · start in_pixel, maximin")
    )
    known |= drawn(task)
    assert (output / "book.pdf").is_file()
    assert not list((output / "_run").rglob("*.part"))
    assert book_task(plan, "", records, known) is None
    (output / "book.pdf").unlink()
    assert book_task(plan, "", records, known) == task


@pytest.mark.parametrize("change", ["paper", "target", "varied", "version"])
def test_a_book_is_bound_anew_when_its_paper_or_title_page_changes(change, tmp_path, monkeypatch):
    image, output = image_of(tmp_path, is_in_book=True), tmp_path / "out"
    plan = Plan(output, (image,), (), ())
    records = made(image, output)
    known = drawn(overview_task(image, output, records, {}))
    known |= drawn(book_task(plan, "", records, known))
    assert book_task(plan, "", records, known) is None
    goal = decibels(1.0) if change == "target" else None
    paper = "letter" if change == "paper" else "fit"
    other = dataclasses.replace(image.overview, target=goal, paper=paper)
    wording = Wording(varied=(("", (("blur", "3"),)),)) if change == "varied" else plan.wording
    images = (dataclasses.replace(image, overview=other),)
    if change == "version":
        monkeypatch.setattr(book, "VERSION", 99)
    task = book_task(dataclasses.replace(plan, images=images, wording=wording), "", records, known)
    said = {"target": "target 1 dB", "varied": "varied: blur 3"}
    assert (task.front.paper, task.front.lines[2:]) == (
        paper,
        (said[change],) if change in said else (),
    )


def test_a_page_that_is_damaged_costs_the_book_and_no_more(tmp_path):
    image, output = image_of(tmp_path, is_in_book=True), tmp_path / "out"
    records = made(image, output)
    known = drawn(overview_task(image, output, records, {}))
    plan = Plan(output, (image,), (), ())
    task = book_task(plan, "", records, known)
    (output / KINDS["sheet_pdf"]).write_bytes(b"")
    assert book_task(plan, "", records, known) is None  # the sheet is to be drawn first
    result = work(task)
    assert result.files == {}
    assert result.error.startswith("unreadable: a contact sheet, which run --verify draws again: ")
    assert not (output / "book.pdf").exists()
    assert not list(output.rglob("*.part"))


def take_all(schedule):
    """Hand out what can be begun, as long as memory is no limit."""
    return list(iter(lambda: schedule.take(Budget(math.inf)), None))


def test_an_overview_is_due_when_its_last_task_is_over_and_then_the_book(tmp_path):
    image, output = image_of(tmp_path, is_in_book=True), tmp_path / "out"
    plan = Plan(output, (image,), (), ())
    whole = task_of(image, output)
    halves = [dataclasses.replace(whole, index=i, variants=image.variants[i::2]) for i in (0, 1)]
    records, known = {}, {}
    follow = Drawings(plan, records, known).of
    schedule = Schedule([(image.key, halves)], {book_key(""): 1}, follow=follow)
    assert take_all(schedule) == halves
    schedule.finish(halves[1])
    assert take_all(schedule) == []
    records |= made(image, output)
    schedule.finish(halves[0])
    (overview,) = take_all(schedule)
    assert isinstance(overview, OverviewTask)
    known |= drawn(overview)
    schedule.finish(overview)
    (bound,) = take_all(schedule)
    assert isinstance(bound, BookTask)
    known |= drawn(bound)
    schedule.finish(bound)
    assert (take_all(schedule), schedule.is_over()) == ([], True)
    for images, n_images in (([], {book_key(""): 0}), ([(image.key, [])], {book_key(""): 1})):
        again = Schedule(images, n_images, follow=follow)
        assert (take_all(again), again.is_over()) == ([], True)


def test_an_overview_that_is_missing_is_due_at_once_and_so_is_a_book(tmp_path):
    image, output = image_of(tmp_path, is_in_book=True), tmp_path / "out"
    records, known = made(image, output), {}
    follow = Drawings(Plan(output, (image,), (), ()), records, known).of
    (overview,) = take_all(Schedule([(image.key, [])], {book_key(""): 1}, follow=follow))
    assert overview.key == image.key
    known |= drawn(overview)
    (bound,) = take_all(Schedule([], {book_key(""): 0}, follow=follow))
    assert bound.key == ("", "", "", 0)


def test_overviews_of_images_that_are_not_worked_on_wait(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    drawings = Drawings(Plan(output, (image,), (), ()), made(image, output), {})
    assert drawings.of(image.key) is not None
    assert take_all(Schedule([], {}, follow=drawings.of)) == []
    assert take_all(Schedule([], {book_key(""): 0}, follow=drawings.of)) == []


def test_the_ledger_keeps_overviews_beside_variants(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    task = overview_task(image, output, records, {})
    known = drawn(task)
    bound = OverviewRecord("", "", "", 0, "of a book", "internal: x", 0.5)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(list(records.values()))
        for record in (*known.values(), bound):
            ledger.write_overview(record)
        assert dict(ledger.drawn) == {**known, bound.key: bound}
        assert dict(ledger.records) == records
        fewer = dataclasses.replace(known[image.key], outputs={})
        ledger.write_overview(fewer)
        assert ledger.drawn[image.key] == fewer
        assert len(ledger.unplanned_outputs([])) == 6 + 5  # known to have been written


def test_an_overview_without_files_is_forgotten(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    records = made(image, output)
    known = drawn(overview_task(image, output, records, {}))
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(list(records.values()))
        ledger.write_overview(known[image.key])
        paths = [file.path for file in known[image.key].outputs.values()]
        ledger.unplanned_outputs([image])
        ledger.forget(paths[1:])
        assert set(ledger.drawn[image.key].outputs) == {"thumbnail"}
        ledger.forget(paths[:1])
        assert dict(ledger.drawn) == {}
        assert dict(ledger.records) == records


def test_a_thumbnail_has_no_more_than_512_pixels_a_side(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    Image.effect_noise((2100, 700), 60).convert("RGB").save(image.file.place)
    drawn(overview_task(image, output, made(image, output), {}))
    sizes = {
        kind: Image.open(io.BytesIO((output / KINDS[kind]).read_bytes())).size
        for kind in ("thumbnail", "preview")
    }
    assert sizes == {"thumbnail": (512, 171), "preview": (2048, 683)}


def test_the_bytes_of_its_file_are_part_of_what_an_overview_needs(tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    task = overview_task(image, output, made(image, output), {})
    assert task.size_bytes == image.file.size_bytes > 0
    larger = dataclasses.replace(task, size_bytes=task.size_bytes + 10**9)
    assert larger.need_bytes - task.need_bytes == 10**9


@pytest.mark.parametrize(
    ("width", "height", "reduce", "tile"),
    [
        (1000, 3000, None, (320, 960)),  # tall ones are the largest
        (319, 480, None, (638, 960)),  # but for those that are enlarged
        (3190, 4800, 480, (638, 960)),
        (319, 481, None, (319, 481)),
    ],
)
def test_memory_is_promised_for_each_tile_of_a_sheet(width, height, reduce, tile, tmp_path):
    image, output = image_of(tmp_path), tmp_path / "out"
    settings = dataclasses.replace(image.settings, reduce=reduce)
    task = overview_task(image, output, made(image, output), {})
    task = dataclasses.replace(task, pixels=width * height, settings=settings)
    twice = dataclasses.replace(task, exhibits=task.exhibits * 2)
    shrunk = min(1.0, (reduce or height) / height)
    assert tile_size(round(width * shrunk), round(height * shrunk)) == tile
    with_captions = (max(tile[0], 320) + 20) * (tile[1] + 46 + 20)
    assert twice.need_bytes - task.need_bytes >= len(task.exhibits) * 15 * with_captions

"""Folders hold anything: each picture comes out, or is a row that says why not."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from programs import need
from raw_sources import dng, mosaic


@pytest.fixture
def animation(workplace):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    path = workplace.path / "photos" / "a.gif"
    path.parent.mkdir(exist_ok=True)
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


def test_all_frames_are_rows_and_files(workplace, animation):
    workplace.write_job("inputs: photos\nk: 2\nframes: all\nformats: [png, pdf]\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    rows = workplace.report()
    assert [(row["image"], row["frame"]) for row in rows] == [("a.gif", n) for n in "012"]
    pictures = [Image.open(workplace.output / row["png"]).convert("RGB") for row in rows]
    colors = [picture.getpixel((0, 0)) for picture in pictures]
    assert colors == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout


def test_the_first_frame_says_how_many_are_left(workplace, animation):
    workplace.write_job("inputs: photos\nk: 2\n")
    workplace.run("run", "jobs.yaml")
    (row,) = workplace.report()
    assert (row["frame"], row["notes"], row["source_format"]) == ("0", "2 more frames left", "GIF")


def test_what_is_not_taken_of_several_pictures_is_told_before_anything_is_made(
    workplace, animation
):
    told = "pictures, of which the first is taken; for all of them: frames: all\n"
    icon = workplace.path / "photos" / "i.ico"  # one picture in two sizes
    Image.new("RGB", (32, 32)).save(icon, sizes=[(16, 16), (32, 32)])
    begun = workplace.run("init", "photos")
    assert f"Note: a.gif holds several {told}" in begun.stdout
    workplace.write_job("inputs: photos\nk: 2\n")
    (workplace.path / "photos" / "b.gif").write_bytes(
        (workplace.path / "photos" / "a.gif").read_bytes()
    )
    plan = ["plan", "--no-estimate"]
    assert f"Note: a.gif and 1 more hold several {told}" in workplace.run(*plan).stdout
    workplace.write_job("inputs: photos\nk: 2\nframes: all\n")
    assert "several pictures" not in workplace.run(*plan).stdout


def test_a_text_named_jpg_is_a_failed_row(workplace, animation):
    (workplace.path / "photos" / "note.jpg").write_text("buy milk\n" * 100)
    workplace.write_job("inputs: photos\nk: 2\n")
    assert workplace.run("run", "jobs.yaml").returncode == 3
    failed = [row for row in workplace.report() if row["status"] == "failed"]
    assert [row["image"] for row in failed] == ["note.jpg"]
    assert failed[0]["error"].startswith("unreadable: no picture of a format that is read")


def test_max_pixels_refuses_before_decoding(workplace, animation):
    workplace.write_job("inputs: photos\nk: 2\nmax_pixels: 63\n")
    assert workplace.run("run", "jobs.yaml").returncode == 1
    (row,) = workplace.report()
    assert row["error"] == "too_large: 8 x 8 pixels, more than the 63 that are allowed"


def test_a_fax_is_shown_in_its_true_shape_and_by_source_in_its_size(workplace):
    need("pdfinfo", package="poppler-utils")
    (workplace.path / "faxes").mkdir()
    page = Image.fromarray(np.indices((1151, 1728)).sum(0) // 64 % 2 == 0)
    page.save(workplace.path / "faxes" / "a.tif", compression="group3", dpi=(204, 98))
    workplace.write_job(
        "k: 2\nformats: [png, pdf]\njobs:\n"
        "  - {name: wide, inputs: faxes, sheet: none}\n"
        "  - {name: own, inputs: faxes, dpi: source}\n"
    )
    assert workplace.run("run", "jobs.yaml").returncode == 0
    sizes = {}
    for row in workplace.report():
        assert row["notes"] == "pixels are not square: 204 x 98 dpi"
        assert Image.open(workplace.output / row["png"]).size == (1728, 1151)
        told = subprocess.run(
            ["pdfinfo", workplace.output / row["pdf"]], capture_output=True, text=True, check=True
        )
        points = re.search(r"Page size: *([0-9.]+) x ([0-9.]+) pts", told.stdout).groups()
        sizes[row["job"]] = [float(side) * 25.4 / 72 for side in points]
    assert sizes["wide"] == pytest.approx([292.6, 405.7], abs=0.1)  # millimeters
    assert sizes["own"] == pytest.approx([215.2, 298.3], abs=0.1)


def test_everything_at_once_goes_together(workplace, photo):
    """Keys that have nothing to do with each other, on a picture with soft alpha."""
    pixels = photo(workplace.path / "photos" / "a.png")
    alpha = np.linspace(0, 255, pixels[..., 0].size).astype(np.uint8).reshape(pixels.shape[:2])
    Image.fromarray(np.dstack([pixels, alpha])).save(workplace.path / "photos" / "a.png")
    workplace.write_job(
        "inputs: photos\nk: [4, 6]\ninit: [random, maximin]\nreduce: 20\nblur: 1\n"
        "color_space: oklab\ndither: floyd-steinberg\npin: ['#ffffff']\nformats: [png, pdf]\n"
        "palette_files: [gpl, hex, json, swatch]\nbackground: '#102030'\n"
    )
    assert workplace.run("run", "jobs.yaml").returncode == 0
    rows = workplace.report()
    assert {row["notes"] for row in rows} == {"PDF laid onto #102030"}
    assert {row["inertia_space"] for row in rows} == {"oklab"}
    for row in rows:
        base = workplace.output / row["png"]
        assert base.with_suffix(".gpl").read_text().startswith("GIMP Palette")
        assert base.with_name(f"{base.stem}_swatch.png").is_file()
        image = Image.open(base)
        # In so few pixels there are few pairs of color and alpha.
        assert (image.mode, image.size) == ("P", (20, 15))
        assert len(image.info["transparency"]) > 1
    first = workplace.tree()
    (workplace.output / rows[0]["png"]).with_suffix(".hex").unlink()
    assert "1 made, 3 made before" in workplace.run("run", "jobs.yaml").stdout
    assert workplace.tree() == first


def test_what_a_missing_package_would_read_is_told_once(workplace, animation):
    for place in ("photos/phone.HEIC", "photos/more/tablet.heic", "others/phone.heif"):
        path = workplace.path / place
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    for place in ("photos/a.CR2", "photos/b.cr2", "others/c.nef"):
        (workplace.path / place).write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(100))
    for place in ("photos/export.CR2", "photos/attachment"):
        Image.open(animation).save(workplace.path / place, "PNG")
    (workplace.path / "photos" / "README").write_text("no picture")
    workplace.write_job(
        "k: 2\njobs:\n  - {name: a, inputs: [photos, others]}\n  - {name: b, inputs: photos}\n"
    )
    blocked = workplace.path / "blocked"
    blocked.mkdir()
    # As if it were not installed: an entry in sys.modules hides it from find_spec.
    (blocked / "sitecustomize.py").write_text(
        "import sys; sys.modules['pillow_heif'] = sys.modules['rawpy'] = None\n"
    )
    told = (
        "3 HEIC files (.heic, .heif) were left out; pip install pillow-heif reads them",
        "3 camera RAW files (.cr2, .nef) were left out; pip install rawpy reads them",
    )
    path = ":".join([str(blocked), *filter(None, sys.path)])
    for command in (["plan", "--no-estimate"], ["run"]):
        done = workplace.run(*command, "jobs.yaml", env={**os.environ, "PYTHONPATH": path})
        assert done.returncode == 0
        assert [done.stdout.count(sentence) for sentence in told] == [1, 1]
        assert "no pictures by their ending" not in done.stdout
    page = (workplace.output / "index.html").read_text().replace("&#39;", "'")
    assert [page.count(sentence) for sentence in told] == [1, 1]
    images = {row["image"]: row["source_format"] for row in workplace.report()}
    assert images == {"a.gif": "GIF", "attachment": "PNG", "export.CR2": "PNG"}


def test_camera_raw_is_developed(workplace):
    light = np.random.default_rng(0).integers(0, 65536, (30, 40, 3), np.uint16)
    path = workplace.path / "photos" / "a.DNG"
    path.parent.mkdir()
    path.write_bytes(dng(mosaic(light), preview=np.full((8, 9, 3), 77, np.uint8)))
    workplace.write_job("inputs: photos\nk: 2\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    (row,) = workplace.report()
    assert (row["source_format"], row["mode"]) == ("RAW", "CFA")
    assert (row["width"], row["height"], row["error"]) == ("40", "30", "")
    assert row["notes"] == "camera RAW developed with camera white balance"
    verified = workplace.run("verify", "out")
    assert (verified.returncode, "1 compared with the source" in verified.stdout) == (0, True)

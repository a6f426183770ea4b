"""All formats of pictures, from the job file to verify."""

import json

import numpy as np
import pytest
from circumstances import long_form
from PIL import Image
from sources import SWAPPED_PROFILE
from workplaces import pixels_of

PICTURES = ["png", "pdf", "webp", "gif", "tiff", "bmp"]
JOB = "inputs: photos\nk: [2, 5]\n"
ALL = f"{JOB}formats: [{', '.join(PICTURES)}]\n"


@pytest.fixture
def fail_where_clustered(faults):
    """Make an environment in which a picture fails whose source is read, or that is clustered."""
    return lambda *names: faults(dict.fromkeys(names, "raise"))


def run(workplace, job, *arguments, code=0, **options):
    workplace.write_job(job)
    done = workplace.run("run", "jobs.yaml", *arguments, **options)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def assert_verified(workplace, told):
    done = workplace.run("verify", "out")
    assert (done.returncode, told in done.stdout) == (0, True), done.stdout


@pytest.fixture
def demo(workplace):
    assert workplace.run("demo", "photos").returncode == 0
    return workplace


def test_the_demo_in_all_formats_shows_the_same_pixels(demo):
    run(demo, ALL)
    rows = demo.report()
    assert len(rows) == 10
    for row in rows:
        shown = pixels_of(demo.output / row["png"])
        for kind in PICTURES:
            path = demo.output / row[kind]
            assert path.stat().st_size == int(row[f"{kind}_bytes"])
            if kind != "pdf":
                assert np.array_equal(pixels_of(path), shown), path
        assert row["notes"] == ""
    assert_verified(demo, "10 compared with the source")
    first = demo.tree()
    assert "Nothing to do" in run(demo, ALL)
    run(demo, ALL, "--output", "again", "-j", "2")
    assert demo.tree("again") == first


@long_form
@pytest.mark.parametrize("first", ["png", "webp", "gif", "tiff", "bmp"])
def test_formats_that_are_added_cluster_nothing(first, workplace, photos, fail_where_clustered):
    if first == "gif":  # it cannot hold the density that Pillow states in a BMP
        with Image.open(photos / "c.bmp") as image:
            image.load()
        image.save(photos / "c.bmp", dpi=(0, 0))
    run(workplace, f"{JOB}formats: {first}\n")
    assert_verified(workplace, "6 compared with the source")
    none = fail_where_clustered("a.png", "b.jpg", "c.bmp")
    assert "6 made" in run(workplace, ALL, env=none)
    run(workplace, ALL, "--output", "fresh")
    assert workplace.tree() == workplace.tree("fresh")
    assert_verified(workplace, "6 compared with the source")


@long_form
def test_a_picture_too_long_for_webp_says_so_and_the_rest_go_on(
    workplace, photos, fail_where_clustered
):
    tall = np.zeros((16_384, 2, 3), np.uint8)
    tall[::2] = 255
    Image.fromarray(tall).save(photos / "tall.png")
    run(workplace, f"{JOB}formats: [webp, png]\n")
    rows = {(row["image"], row["k"]): row for row in workplace.report()}
    row = rows["tall.png", "2"]
    reason = "2 x 16,384 pixels, at most 16,383 a side; set reduce"
    assert (row["webp"], row["status"], row["notes"]) == ("", "done", f"no WebP: {reason}")
    assert rows["a.png", "2"]["webp"] and rows["a.png", "2"]["notes"] == ""
    assert_verified(workplace, "8 compared with the source")
    assert "Nothing to do" in run(workplace, f"{JOB}formats: [webp, png]\n")

    run(workplace, f"{JOB}formats: webp\n", "--output", "webp", code=3)
    errors = {row["image"]: row["error"] for row in workplace.report("webp")}
    assert errors.pop("tall.png") == f"unfit: webp: {reason}, or write png"
    assert set(errors.values()) == {""}
    told = workplace.run("failed", "webp").stdout
    assert "Does not fit its format" in told and "photos/tall.png" in told
    # It waits, until a format is wanted that was not tried.
    run(workplace, f"{JOB}formats: webp\n", "--output", "webp", code=3)
    none = fail_where_clustered("a.png", "b.jpg", "c.bmp")
    both = f"{JOB}formats: [webp, png]\n"
    assert "8 made" in run(workplace, both, "--output", "webp", env=none)
    run(workplace, f"{JOB}formats: webp\nreduce: 1000\n", "--output", "reduced")


def test_a_gif_says_what_became_of_soft_alpha_and_of_too_many_colors(workplace, photos):
    pixels = pixels_of(photos / "a.png")
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:4] = 128
    Image.fromarray(np.dstack([pixels, alpha])).save(photos / "soft.png")
    alpha[:] = np.arange(alpha.size).reshape(alpha.shape) % 256
    Image.fromarray(np.dstack([pixels, alpha])).save(photos / "softer.png")
    alpha[:] = 255 * (alpha > 99)
    Image.fromarray(np.dstack([pixels, alpha])).save(photos / "cut.png")
    Image.fromarray(pixels).save(photos / "swapped.png", icc_profile=SWAPPED_PROFILE)
    job = 'inputs: photos\nk: [16, 256]\nformats: [png, gif]\nbackground: "#102030"\n'
    run(workplace, job)
    notes = {(row["image"], row["k"]): row["notes"] for row in workplace.report()}
    assert notes["a.png", "256"] == notes["cut.png", "16"] == ""
    assert notes["soft.png", "16"] == "GIF laid onto #102030"
    assert notes["swapped.png", "16"] == "GIF converted to sRGB"
    assert notes["softer.png", "16"].startswith("no GIF: ")
    assert notes["softer.png", "16"].endswith(" colors once laid, at most 256; set alpha: flatten")
    gif = workplace.output / "photos" / "cut.png" / "cut_k016_kmeans++.gif"
    with Image.open(gif) as shown:
        assert np.array_equal(np.asarray(shown.convert("RGBA"))[..., 3], alpha)
    beside = "256 colors beside transparency, at most 255; take fewer colors"
    assert notes["cut.png", "256"] == f"no GIF: {beside}"
    assert_verified(workplace, "14 compared with the source")


@long_form
@pytest.mark.parametrize(
    ("formats", "shown", "nouns"),
    [
        ("webp", 0, ["WebP"]),
        ("[tiff, bmp]", 1, ["TIFF", "BMP"]),
        ("[tiff, gif, webp]", 2, ["TIFF", "GIF", "WebP"]),
        ("[tiff, pdf]", None, ["TIFF", "PDF"]),
    ],
)
def test_the_page_and_the_sheets_show_what_there_is(formats, shown, nouns, workplace, photos):
    run(workplace, f"{JOB}formats: {formats}\npalette_files: gpl\nbook: true\n")
    script = (workplace.output / "_run/page/data/details-0000.js").read_text()
    details = json.loads(script.partition(",0,")[2].removesuffix(");\n"))
    for image in details.values():
        for variant in image["variants"]:
            assert [noun for noun, *_ in variant["files"]] == [*nouns, "GIMP palette"]
            assert (variant["shown"], variant["nPictures"]) == (shown, len(nouns))
    run(workplace, f"{JOB}formats: png\npalette_files: gpl\nbook: true\n", "--output", "png")
    for path in sorted((workplace.path / "png/_run/page").rglob("*")):
        if path.suffix == ".js" and "palettes" in path.parts:
            other = workplace.output / path.relative_to(workplace.path / "png")
            assert other.read_bytes() == path.read_bytes()
    assert_verified(workplace, "6 compared with the source")


def test_one_picture_says_what_its_formats_cannot_hold(workplace, photos):
    Image.new("RGB", (16_400, 2), "red").save(photos / "wide.png")
    given = ("image", "photos/wide.png", "-k", "2", "--format", "webp")
    done = workplace.run(*given, "--format", "tiff")
    assert done.returncode == 0
    first, note = done.stdout.splitlines()
    assert first.startswith("wide_k002_kmeans++.tiff: 1 color")
    assert note.startswith("Note: no WebP: 16,400 x 2 pixels, at most 16,383")
    done = workplace.run(*given)
    assert done.returncode == 1
    assert "unfit: webp: 16,400 x 2 pixels, at most 16,383" in done.stderr


def test_one_picture_is_refused_what_a_job_file_is_refused(workplace, photos):
    done = workplace.run("image", "photos/a.png", "-k", "300", "--format", "gif")
    assert done.returncode == 2
    assert "GIF holds at most 256 colors, not 300" in done.stderr


def test_verify_finds_a_picture_that_shows_something_else(workplace, photos):
    run(workplace, ALL)
    tiff = workplace.output / "photos" / "a.png" / "a_k005_kmeans++.tiff"
    other = tiff.with_name("a_k002_kmeans++.tiff")
    tiff.write_bytes(other.read_bytes())
    done = workplace.run("verify", "out")
    assert (done.returncode, str(tiff.name) in done.stdout) == (3, True)

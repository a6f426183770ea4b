"""What each key of a job does to a picture, from its file to the files made of it."""

import io
import json
import re
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pikepdf
import pytest
from builders import palette_in
from PIL import Image, ImageCms
from sources import SWAPPED_PROFILE, encode

from batchquant import quantize
from batchquant.formats.palette_reading import parse_palette
from batchquant.formats.palette_text import parse_hex
from batchquant.images.read.picture import Picture
from batchquant.plan.outputs import plan_variants
from batchquant.plan.records import Settings
from batchquant.steps.task import Task
from batchquant.steps.variants import process

SETTINGS = {"seed": 0, "n_init": 1, "max_iter": 1000, "tol": 0.0, "dpi": 150.0}
RED, GREEN, BLUE, GRAY = (200, 0, 0), (0, 200, 0), (0, 0, 200), (90, 90, 90)


class Made:
    """A task's result, and its outputs as another program sees them."""

    def __init__(self, output, task):
        self.output, self.task = output, task
        self.result = process(task)
        assert self.result.error is None

    @property
    def row(self):
        (row,) = self.result.variants
        return row

    @property
    def variant(self):
        return self.task.variants[0]

    def png(self):
        return Image.open(self.output / self.variant.outputs["png"])

    def rgba(self):
        return np.asarray(self.png().convert("RGBA"))

    def pdf_pixels(self):
        with pikepdf.open(self.output / self.variant.outputs["pdf"]) as pdf:
            picture = pikepdf.PdfImage(pdf.pages[0].Resources.XObject.Picture).as_pil_image()
            return np.asarray(picture.convert("RGB"))

    def palette_file(self, kind):
        return (self.output / self.variant.outputs[kind]).read_bytes()


@pytest.fixture
def make(tmp_path):
    def made(
        image,
        k=2,
        init="kmeans++",
        *,
        formats=("png",),
        palette_files=(),
        frame=0,
        takes_all=False,
        **keys,
    ):
        source = tmp_path / "source.png"
        if isinstance(image, bytes):
            source.write_bytes(image)
        else:
            Image.fromarray(np.asarray(image, dtype=np.uint8)).save(source)
        settings = Settings(**SETTINGS | keys)
        kinds = (*formats, *palette_files)
        variants = plan_variants(settings, [k], [init], kinds, PurePosixPath("a"))
        output = tmp_path / "out"
        task = Task(
            0, 0, "a.png", str(source), frame, takes_all, 0, output, settings, None, variants
        )
        return Made(output, replace(task, ours=frozenset(task.places)))

    return made


def with_alpha(colors, alphas):
    return [[(*color, alpha) for color, alpha in zip(colors, alphas, strict=True)]]


def gradient(height=16, width=64):
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([4 * x, 16 * y, 128 + 0 * x], axis=-1).astype(np.uint8)


def test_hidden_colors_never_reach_palette_or_file(make):
    made = make(
        with_alpha([RED, GREEN, BLUE, GREEN], [255, 0, 255, 0]),
        k=3,
        palette_files=["hex"],
    )
    assert (made.row.n_colors, made.result.distinct_colors) == (2, 2)
    assert palette_in(made.palette_file("hex"), "hex") == (BLUE, RED)
    assert made.png().mode == "P"
    assert made.rgba()[0].tolist() == [[*RED, 255], [0, 0, 0, 0], [*BLUE, 255], [0, 0, 0, 0]]


def test_soft_alpha_is_kept_beside_the_colors(make):
    made = make(with_alpha([RED, BLUE, (204, 0, 0), GREEN], [255, 7, 130, 0]), k=2)
    assert made.png().mode == "P"  # of four pairs of color and alpha
    assert made.rgba()[0].tolist() == [
        [201, 0, 0, 255],  # 200 weighs more than 204
        [*BLUE, 7],
        [201, 0, 0, 130],
        [0, 0, 0, 0],
    ]
    assert made.row.figures["mse"] == (255 * 1 + 7 * 0 + 130 * 9) / (3 * (255 + 7 + 130))
    assert made.row.figures["max_error"] == 3.0


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"color_space": "oklab", "n_init": 3, "refine": "swaps"},
        {"blur": 1.5},
        {"dither": "floyd-steinberg"},
        {"blur": 0.5, "dither": "floyd-steinberg"},
    ],
)
def test_figures_and_shares_of_soft_alpha_weigh_by_it(make, keys):
    rng = np.random.default_rng(0)
    source = np.dstack([gradient(), rng.integers(0, 256, (16, 64), dtype=np.uint8)])
    made = make(source, k=5, palette_files=["json", "swatch"], **keys)
    shown, alpha = made.rgba()[..., :3].astype(int), source[..., 3].astype(int)
    squared = np.square(shown - source[..., :3]).sum(axis=2)
    assert made.row.figures["mse"] == (alpha * squared).sum() / (3 * alpha.sum())
    assert made.row.figures["max_error"] == np.sqrt(squared[alpha > 0].max())
    told = json.loads(made.palette_file("json"))
    assert [entry["pixels"] for entry in told] == [
        alpha[(shown == list(parse_hex(entry["color"]))).all(axis=2)].sum() / 255 for entry in told
    ]
    assert sum(entry["share"] for entry in told) == pytest.approx(1)
    with Image.open(io.BytesIO(made.palette_file("swatch"))) as swatch:
        widths = np.bincount(np.asarray(swatch)[0])
    assert widths == pytest.approx([4 + 492 * entry["share"] for entry in told], abs=1)


@pytest.mark.parametrize("levels", [[0, 255], [0, 1, 26, 255]])
def test_a_row_s_figures_are_those_of_quantize(make, levels):
    alpha = np.random.default_rng(0).choice(np.array(levels, np.uint8), (16, 64))
    made = make(np.dstack([gradient(), alpha]), k=5, n_init=2)
    row = made.row
    found = quantize(gradient(), 5, alpha=alpha, seed=row.seed, n_init=2)
    assert row[1:4] == (found.n_iter, found.converged, found.inertia)
    assert row.n_colors == found.n_colors
    for name in ("mse", "psnr_db", "max_error"):
        assert row.figures[name] == getattr(found, name)


def test_a_picture_without_visible_pixels_is_a_row_of_no_colors(make):
    made = make(
        with_alpha([RED, BLUE], [0, 0]),
        formats=["png", "pdf"],
        palette_files=["gpl", "hex", "json", "swatch"],
        dither="floyd-steinberg",
        blur=1.0,
    )
    assert (made.row.n_colors, made.row.n_iter, made.row.inertia) == (0, 0, 0.0)
    assert made.rgba().tolist() == [[[0, 0, 0, 0], [0, 0, 0, 0]]]
    assert made.pdf_pixels().tolist() == [[[255, 255, 255], [255, 255, 255]]]
    assert json.loads(made.palette_file("json")) == []


def test_256_colors_and_a_transparent_one_need_rgba(make):
    colors = [[(level, 0, 0, 255) for level in range(256)] + [(9, 9, 9, 0)]]
    made = make(colors, k=256)
    assert (made.png().mode, made.row.n_colors) == ("RGBA", 256)
    assert made.rgba()[0, -1].tolist() == [0, 0, 0, 0]


def test_a_pdf_lies_on_the_background_and_says_so(make):
    made = make(
        with_alpha([RED, BLUE, GREEN], [255, 255, 0]), formats=["pdf"], background=(1, 2, 3)
    )
    assert made.pdf_pixels()[0].tolist() == [[*RED], [*BLUE], [1, 2, 3]]
    assert made.row.files["pdf"].note == "PDF laid onto #010203"
    assert made.result.notes == ""  # nothing of the picture itself


def test_flatten_lays_the_picture_onto_the_background_first(make):
    made = make(with_alpha([RED, GREEN], [255, 0]), alpha="flatten", background=(1, 2, 3))
    assert made.rgba()[0].tolist() == [[*RED, 255], [1, 2, 3, 255]]


def test_blur_is_clustered_and_the_sharp_picture_compared_with(make):
    sharp = np.zeros((4, 40, 3), np.uint8)
    sharp[:, 20:] = 255
    made = make(sharp, k=4, blur=2.0)
    shown = made.rgba()[..., :3].astype(int)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 4
    assert made.row.figures["mse"] == pytest.approx(np.square(shown - sharp).mean())
    largest = np.square(shown - sharp).sum(axis=2).max()
    assert made.row.figures["max_error"] == pytest.approx(np.sqrt(largest))


def test_no_color_bleeds_out_of_transparent_pixels(make):
    colors = [RED] * 8 + [GREEN] * 8
    made = make(with_alpha(colors, [255] * 8 + [0] * 8), k=1, blur=3.0)
    assert made.rgba()[0, :8].tolist() == [[*RED, 255]] * 8


def test_reduce_makes_the_longest_side_so_long(make):
    made = make(gradient(), reduce=32)
    assert made.png().size == (32, 8)
    assert (made.result.width, made.result.height) == (32, 8)


def test_dither_mixes_the_colors_it_has(make):
    source = gradient()[..., [0, 0, 0]].astype(float)  # a gray ramp
    palette = {"init": "palette", "palette": ((0, 0, 0), (255, 255, 255))}
    plain = make(source, **palette)
    plain_pixels = plain.rgba()[..., :3]
    mixed = make(source, **palette, dither="floyd-steinberg")
    mixed_pixels = mixed.rgba()[..., :3]

    def error_of_areas(pixels):  # as an eye far away sees them
        return np.abs((pixels - source).reshape(2, 8, 8, 8, 3).mean(axis=(1, 3))).mean()

    assert error_of_areas(mixed_pixels) < error_of_areas(plain_pixels) / 10
    assert mixed.row.inertia == plain.row.inertia
    assert mixed.row.figures["mse"] == pytest.approx(np.square(mixed_pixels - source).mean())
    assert mixed.row.figures["mse"] > plain.row.figures["mse"]
    worn = {tuple(color) for color in plain_pixels.reshape(-1, 3).tolist()}
    assert {tuple(color) for color in mixed_pixels.reshape(-1, 3).tolist()} <= worn


def test_dither_leaves_a_copy_alone(make):
    made = make([[RED, BLUE], [BLUE, RED]], k=2, dither="floyd-steinberg")
    assert made.rgba()[..., :3].tolist() == [[[*RED], [*BLUE]], [[*BLUE], [*RED]]]
    assert made.row.figures["mse"] == 0


def test_dither_takes_no_color_from_hidden_pixels(make):
    gray = [(level, level, level) for level in (0, 255, 0, 255)]
    opaque = make([[*gray, (128,) * 3]], k=2, dither="floyd-steinberg").rgba()
    beside = with_alpha([*gray, (128,) * 3, GREEN, RED], [255] * 5 + [0, 0])
    made = make(beside, k=2, dither="floyd-steinberg")
    assert made.rgba()[0, :5].tolist() == opaque[0].tolist()


def test_a_palette_is_taken_as_it_is(make):
    made = make([[RED, (190, 9, 0), GRAY]], k=3, init="palette", palette=(BLUE, RED, (80, 80, 80)))
    assert made.rgba()[0, :, :3].tolist() == [[*RED], [*RED], [80, 80, 80]]
    assert (made.row.n_colors, made.row.n_iter, made.row.converged) == (2, 0, True)
    assert made.row.inertia == 10**2 + 9**2 + 3 * 10**2
    assert made.variant.outputs["png"] == "a_k003_palette.png"


def test_of_equally_near_palette_colors_the_first_is_taken(make):
    picture = [[(10, 0, 0), (10, 0, 0)]]
    for palette in (((0, 0, 0), (20, 0, 0)), ((20, 0, 0), (0, 0, 0))):
        made = make(picture, init="palette", palette=palette)
        assert made.rgba()[0, 0, :3].tolist() == list(palette[0])


def test_pinned_colors_stay_and_the_others_cluster(make):
    picture = [[RED, (202, 0, 0), (10, 10, 10), (12, 10, 10), BLUE]]
    made = make(picture, k=3, pin=((201, 1, 1), (0, 0, 255)))
    assert made.rgba()[0, :, :3].tolist() == [
        [201, 1, 1],
        [201, 1, 1],
        [11, 10, 10],
        [11, 10, 10],
        [0, 0, 255],
    ]


def test_as_many_pins_as_colors_leave_nothing_to_search(make):
    made = make([[RED, BLUE, GREEN]], k=2, pin=(RED, BLUE))
    assert (made.row.n_iter, made.row.n_colors) == (0, 2)


@pytest.mark.parametrize("init", ["random", "in_pixel", "kmeans++", "maximin"])
def test_oklab_clusters_by_what_the_eye_sees(make, init):
    made = make(gradient(), k=5, init=init, color_space="oklab")
    assert made.row.converged
    assert made.row.n_colors == 5
    assert made.row.inertia < len(gradient().reshape(-1, 3)) * 0.1  # Oklab is of the order of 1
    shown = made.rgba()[..., :3].astype(int)
    assert made.row.figures["mse"] == pytest.approx(np.square(shown - gradient()).mean())


def test_palette_files_tell_the_colors_and_how_often_they_occur(make):
    kinds = ["gpl", "hex", "json", "swatch"]
    made = make([[RED, RED, RED, BLUE]], palette_files=kinds)
    assert palette_in(made.palette_file("gpl"), "gpl") == (BLUE, RED)
    assert palette_in(made.palette_file("hex"), "hex") == (BLUE, RED)
    told = json.loads(made.palette_file("json"))
    assert [(entry["color"], entry["share"]) for entry in told] == [
        ("#0000c8", 0.25),
        ("#c80000", 0.75),
    ]
    swatch = np.asarray(Image.open(io.BytesIO(made.palette_file("swatch"))).convert("RGB"))
    assert {tuple(color) for color in swatch.reshape(-1, 3).tolist()} == {RED, BLUE}


NAMES = ((RED, "Brick"), (GREEN, "Grass"), (BLUE, "Sky, at noon"))


@pytest.mark.parametrize("is_profiled", [False, True])
def test_colors_keep_the_names_that_they_have_in_the_job_file(make, is_profiled):
    kinds = ["gpl", "json", "ase", "aco", "css"]
    image = stored_as([RED, RED, GRAY, BLUE]) if is_profiled else [[RED, RED, GRAY, BLUE]]
    stock = (RED, GREEN, BLUE, GRAY)
    keys = {"k": 3, "init": "palette", "palette": stock, "color_names": NAMES}
    made = make(image, palette_files=kinds, **keys)
    named = {"Brick": RED, "Sky, at noon": BLUE}
    for kind in ("gpl", "ase", "aco"):
        found = {name: color for color, name in parse_palette(made.palette_file(kind), kind)}
        assert found.keys() == {*named, ""}
        assert all(np.abs(np.subtract(found[name], named[name])).max() <= 2 for name in named)
    told = json.loads(made.palette_file("json"))
    pixels = {entry.get("name"): (entry["pixels"], entry["share"]) for entry in told}
    brick, sky = ((1, 0.25), (2, 0.5)) if is_profiled else ((2, 0.5), (1, 0.25))
    assert pixels == {"Brick": brick, "Sky, at noon": sky, None: (1, 0.25)}
    css = made.palette_file("css").decode()
    assert set(re.findall("--(.*): #[0-9a-f]{6};", css)) >= {"brick", "sky-at-noon"}
    nameless = make(image, palette_files=kinds, **keys | {"color_names": ()})
    assert b"Brick" not in b"".join(nameless.palette_file(kind) for kind in kinds)


def test_the_best_of_a_palette_is_taken_where_k_is_smaller(make):
    made = make([[RED, RED, (180, 0, 0), BLUE]], k=1, init="palette", palette=(BLUE, GREEN, RED))
    assert made.rgba()[0, :, :3].tolist() == [list(RED)] * 4
    pinned = make([[RED, RED, BLUE]], k=1, init="palette", palette=(RED, BLUE), pin=(BLUE,))
    assert pinned.rgba()[0, :, :3].tolist() == [list(BLUE)] * 3


def stored_as(colors):
    """A PNG of colors under a profile, by which red and blue are in each other's place."""
    return encode(Image.fromarray(np.array([colors], np.uint8)), icc_profile=SWAPPED_PROFILE)


def test_palette_files_of_a_picture_with_a_profile_are_srgb(make):
    kinds = ["gpl", "hex", "json", "swatch"]
    made = make(stored_as([RED, RED, RED, GREEN]), palette_files=kinds)
    assert made.rgba()[0, 0, :3].tolist() == list(RED)
    for kind in ("gpl", "hex"):
        found = palette_in(made.palette_file(kind), kind)
        assert np.abs(np.subtract(found, (BLUE, GREEN))).max() <= 2  # dark to light as stored
    told = json.loads(made.palette_file("json"))
    assert [entry["stored"] for entry in told] == ["#c80000", "#00c800"]
    assert [parse_hex(entry["color"]) for entry in told] == list(found)
    swatch = Image.open(io.BytesIO(made.palette_file("swatch")))
    assert "icc_profile" not in swatch.info
    shown = np.asarray(swatch.convert("RGB")).reshape(-1, 3)
    assert {tuple(color) for color in shown.tolist()} == set(found)


def test_without_a_profile_a_palette_is_stored_as_it_is_told(make):
    made = make([[RED, BLUE]], palette_files=["json"])
    assert all("stored" not in entry for entry in json.loads(made.palette_file("json")))


def test_pins_are_found_in_the_profile_of_a_picture(make):
    made = make(stored_as([GREEN, GRAY]), k=1, pin=(BLUE,), palette_files=["hex"])
    assert np.abs(made.rgba()[..., :3].astype(int) - RED).max() <= 1
    assert np.abs(np.subtract(palette_in(made.palette_file("hex"), "hex"), BLUE)).max() <= 2


def test_a_palette_is_found_in_the_profile_of_a_picture(make):
    made = make(stored_as([RED, GREEN]), init="palette", palette=(RED, BLUE, GREEN))
    assert np.abs(made.rgba()[0, :, :3].astype(int) - (RED, GREEN)).max() <= 1


def test_color_profile_and_dpi_of_the_source_go_on(make):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stream = io.BytesIO()
    Image.fromarray(gradient()).save(stream, "PNG", icc_profile=profile, dpi=(300, 300))
    made = make(stream.getvalue(), formats=["png", "pdf"])
    assert made.png().info["icc_profile"] == profile
    assert made.png().info["dpi"] == pytest.approx((300, 300), abs=0.01)
    with pikepdf.open(made.output / made.variant.outputs["pdf"]) as pdf:
        space = pdf.pages[0].Resources.XObject.Picture.ColorSpace
        assert space[1][0] == pikepdf.Name.ICCBased
    assert set(made.png().info) == {"icc_profile", "dpi"}


@pytest.mark.parametrize("alphas", [[255, 255], [0, 255], [100, 255]])
def test_pixels_that_are_not_square_keep_both_densities_and_their_shape(make, alphas):
    image = Image.fromarray(np.array(with_alpha([RED, BLUE] * 8, alphas * 8), np.uint8))
    made = make(encode(image, dpi=(204, 98)), formats=["png", "pdf"])
    assert made.png().size == (16, 1)
    assert made.png().info["dpi"] == pytest.approx((204, 98), abs=0.02)
    with pikepdf.open(made.output / made.variant.outputs["pdf"]) as pdf:
        page = [float(side) for side in pdf.pages[0].mediabox[2:]]
    width = 3 * 16 * 98 / 204  # points: as small as a page may be, and in shape
    assert page == pytest.approx([width, 3], abs=1e-3)


@pytest.mark.parametrize(("keys", "size"), [({}, (248, 351)), ({"reduce": 176}, (124, 176))])
def test_a_scan_of_a4_gives_a_page_of_a4(make, keys, size):
    scan = Image.fromarray(gradient()).resize((248, 351))
    made = make(encode(scan, "JPEG", dpi=(30, 30)), formats=["png", "pdf"], dpi="source", **keys)
    assert made.png().size == size
    with pikepdf.open(made.output / made.variant.outputs["pdf"]) as pdf:
        page = [float(side) * 25.4 / 72 for side in pdf.pages[0].mediabox[2:]]
    assert page == pytest.approx([210, 297], abs=1)


def test_each_frame_is_a_picture(make):
    frames = [Image.new("RGB", (2, 1), color) for color in (RED, GREEN, BLUE)]
    stream = io.BytesIO()
    frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:])
    for number, color in enumerate((RED, GREEN, BLUE)):
        made = make(stream.getvalue(), frame=number)
        assert made.rgba()[0, 0, :3].tolist() == list(color)
        assert made.result.source_format == "TIFF"
        assert made.result.notes == "2 more frames left"
        assert make(stream.getvalue(), frame=number, takes_all=True).result.notes == ""


def test_nothing_is_held_to_compare_with_where_colors_are_shown_as_one():
    """Four bytes a pixel, for as long as the variants are made; and never the pixels themselves."""
    from batchquant.steps.subject import Subject

    picture = Picture(gradient(), None, None, None, "PNG", "RGB", ())
    plain = Subject.of(picture, Settings(**SETTINGS))
    blurred = Subject.of(picture, Settings(**SETTINGS, blur=1.0))
    assert (plain.compared, plain.picture.pixels.size) == (None, 0)
    assert (len(blurred.compared.colors), blurred.picture.pixels.size) == (16 * 64, 0)

"""`batchquant.quantize`: what it takes, and what it gives."""

import io
import math
import pickle

import numpy as np
import pytest
from PIL import Image, ImageCms

from batchquant import ImageError, quantize
from batchquant.quantization import quantize as quantize_pixels

EXIF_ORIENTATION, TURNED_RIGHT = 0x0112, 6


@pytest.fixture(scope="module")
def pixels():
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[0:24, 0:32]
    base = np.stack([8 * columns, 10 * rows, 128 + 0 * rows], axis=-1)
    return np.clip(base + rng.normal(0, 20, base.shape), 0, 254).astype(np.uint8)


def same(found, other):
    return np.array_equal(found.palette, other.palette) and np.array_equal(
        found.indices, other.indices
    )


@pytest.mark.parametrize(
    "take",
    [
        lambda pixels: pixels.astype(np.uint16) * 257,
        lambda pixels: (pixels.astype(np.uint16) * 257 + 100).astype(">u2"),  # as many round down
        lambda pixels: pixels / 255,
        lambda pixels: (pixels / 255).astype(np.float32),
        lambda pixels: (pixels / 255).astype(np.float16),
        Image.fromarray,
        lambda pixels: np.asfortranarray(pixels),
        lambda pixels: pixels[:, ::-1][:, ::-1],
    ],
)
def test_numbers_of_any_kind_mean_the_same_colors(pixels, take):
    assert same(quantize(take(pixels), 5), quantize(pixels, 5))


def test_a_file_an_image_and_its_pixels_are_one(pixels, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path)
    expected = quantize(pixels, 4)
    for picture in (path, str(path), Image.open(path), Image.fromarray(pixels)):
        assert same(quantize(picture, 4), expected)


def test_gray_is_a_picture_of_three_equal_channels(pixels):
    gray = pixels[..., 0]
    found = quantize(gray, 3)
    assert same(found, quantize(np.dstack([gray] * 3), 3))
    assert same(found, quantize(Image.fromarray(gray), 3))
    assert found.pixels.shape == (24, 32, 3)


def test_opacity_comes_with_the_array_or_beside_it(pixels):
    alpha = np.where(np.arange(32) < 16, 255, 0).astype(np.uint8)[np.newaxis].repeat(24, axis=0)
    beside = quantize(pixels, 3, alpha=alpha)
    assert same(beside, quantize(np.dstack([pixels, alpha]), 3))
    assert same(beside, quantize(np.dstack([pixels, alpha]) / 255, 3))
    assert same(beside, quantize(Image.fromarray(np.dstack([pixels, alpha])), 3))
    assert beside.counts.sum() == 24 * 16
    shown = beside.pixels
    assert shown.shape == (24, 32, 4)
    assert np.array_equal(shown[..., 3], alpha)
    assert not shown[:, 16:, :3].any()  # what lay below never leaves
    assert beside.image.mode == "RGBA"
    opaque = quantize(pixels, 3, alpha=np.full((24, 32), 255, np.uint8))
    assert opaque.alpha is None
    assert opaque.pixels.shape == (24, 32, 3)


def test_what_is_turned_by_exif_is_upright_and_the_image_stays_as_it_was(pixels, tmp_path):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = TURNED_RIGHT
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path, exif=exif)
    image = Image.open(path)
    before = dict(image.info)
    found = quantize(image, 4)
    assert found.indices.shape == (32, 24)
    assert same(found, quantize(path, 4))
    assert image.info == before
    assert image.size == (32, 24)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "YCbCr", "RGBA"])
def test_images_of_other_modes_are_taken_as_their_file_is(pixels, tmp_path, mode):
    image = Image.fromarray(pixels)
    image = image.convert("L").convert("I;16") if mode == "I;16" else image.convert(mode)
    if mode == "YCbCr":
        assert same(quantize(image, 3), quantize(image.convert("RGB"), 3))
        return
    path = tmp_path / ("a.tiff" if mode in ("CMYK", "I;16") else "a.png")
    image.save(path)
    assert same(quantize(image, 3), quantize(path, 3))


def test_several_k_are_those_of_each_alone(pixels):
    several = quantize(pixels, [7, 3, 5])
    assert list(several) == [7, 3, 5]
    for k, found in several.items():
        alone = quantize(pixels, k)
        assert same(found, alone)
        assert (found.k, found.inertia, found.figures) == (k, alone.inertia, alone.figures)
    assert list(quantize(pixels, range(2, 5))) == [2, 3, 4]
    assert list(quantize(pixels, np.array([2, 3]))) == [2, 3]


def test_several_k_count_the_colors_once(pixels, monkeypatch):
    from batchquant.api import pictures

    counted = []

    def count(*arguments):
        counted.append(arguments)
        return count_colors(*arguments)

    count_colors = pictures.count_colors
    monkeypatch.setattr(pictures, "count_colors", count)
    quantize(pixels, [2, 3, 4])
    assert len(counted) == 1


def test_a_seed_that_was_drawn_is_kept(pixels):
    drawn = quantize(pixels, 6, init="random", seed=None)
    assert same(drawn, quantize(pixels, 6, init="random", seed=drawn.seed))
    assert quantize(pixels, 6).seed == 0
    assert len({quantize(pixels, 2, seed=None).seed for _ in range(4)}) > 1


@pytest.mark.parametrize("space", ["srgb", "oklab"])
@pytest.mark.parametrize("k", [1, 6, 4096])
def test_centroids_stand_in_the_order_of_the_palette(pixels, k, space):
    found = quantize(pixels, k, color_space=space, seed=3)
    assert found.centroids.shape == found.palette.shape
    if space == "srgb":
        assert np.array_equal(np.rint(found.centroids).astype(np.uint8), found.palette)
        apart = found.centroids[found.indices] - pixels
        assert (apart**2).sum() == pytest.approx(found.inertia)


def test_centroids_of_one_color_are_one():
    pixels = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.uint8)
    start = np.array([[0.0, 0, 0], [0.4, 0.4, 0.4]])
    assert quantize(pixels, 2, init=start).centroids.tolist() == [[0, 0, 0]]


def test_centroids_that_nothing_wears_are_left_out():
    pixels = np.array([[[10, 0, 0], [9, 0, 0], [200, 0, 0]]], np.uint8)
    start = np.array([[0, 255.0, 255], [201, 0, 0], [8, 0, 0]])
    found = quantize(pixels, 2, init=start[1:])
    assert found.centroids.tolist() == [[9.5, 0, 0], [200, 0, 0]]
    inner = quantize_pixels(pixels, 2, init=start[1:])
    assert inner.centroids.tolist() == [[200, 0, 0], [9.5, 0, 0]]
    assert inner.entry_of_centroid.tolist() == [1, 0]


def test_nothing_visible_is_an_answer(pixels):
    found = quantize(pixels, 3, alpha=np.zeros((24, 32), np.uint8))
    assert found.palette.shape == found.centroids.shape == (0, 3)
    assert repr(found) == "<QuantizedPicture: 32 x 24 in 0 colors, exact>"
    assert not found.pixels.any()
    assert found.figures["delta_e"] == 0


def test_the_result_tells_its_figures(pixels):
    found = quantize(pixels, 5)
    assert repr(found) == f"<QuantizedPicture: 32 x 24 in 5 colors, {found.psnr_db:.1f} dB>"
    told = {name: getattr(found, name) for name in ("mse", "psnr_db", "max_error", "delta_e")}
    assert told.items() <= found.figures.items()
    error = pixels.astype(float) - found.pixels
    assert found.mse == pytest.approx((error**2).mean())
    assert quantize(pixels, 4096).psnr_db == math.inf
    assert np.array_equal(np.asarray(found), found.palette[found.indices])
    assert np.asarray(found, dtype=float).dtype == float
    again = pickle.loads(pickle.dumps(found))
    assert same(again, found)
    assert again.figures == found.figures


def test_a_notebook_is_shown_a_png(pixels):
    found = quantize(pixels, 5)
    with Image.open(io.BytesIO(found._repr_png_())) as image:
        assert np.array_equal(image.convert("RGB"), found.pixels)
    wide = quantize(np.tile(pixels, (1, 100, 1)), 5)
    with Image.open(io.BytesIO(wide._repr_png_())) as image:
        assert image.size == (1024, 8)


@pytest.mark.parametrize("ending", ["png", "PNG", "webp", "gif", "tiff", "tif", "bmp"])
def test_the_ending_says_the_format(pixels, tmp_path, ending):
    found = quantize(pixels, 5)
    path = found.save(tmp_path / "new" / f"a.{ending}")
    with Image.open(path) as image:
        assert image.format == {"tif": "TIFF"}.get(ending, ending.upper())
        assert np.array_equal(image.convert("RGB"), found.pixels)


def test_palettes_and_pages_are_saved_too(pixels, tmp_path):
    found = quantize(pixels, 3)
    assert found.save(str(tmp_path / "a.pdf")).read_bytes().startswith(b"%PDF-")
    assert "Name: b" in found.save(tmp_path / "b.gpl").read_text()
    hexes = ["".join(f"{level:02x}" for level in color) for color in found.palette.tolist()]
    assert found.save(tmp_path / "c.hex").read_text().split() == hexes
    with Image.open(found.save(tmp_path / "d_swatch.png")) as image:
        assert image.size == (512, 64)
    assert found.save(tmp_path / "e", "png").read_bytes() == found.encode("png")


def test_what_is_transparent_is_laid_where_a_format_holds_none(tmp_path):
    picture = np.array([[[255, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)
    found = quantize(picture, 2)
    for background in ((0, 0, 255), "#0000ff"):
        with Image.open(found.save(tmp_path / "a.bmp", background=background)) as image:
            assert np.array_equal(image.convert("RGB"), [[[255, 0, 0], [0, 0, 255]]])


def test_a_color_profile_is_carried_on(pixels, tmp_path):
    # A profile of linear light: levels mean other colors than in sRGB.
    curve = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(pixels)
    image.save(tmp_path / "a.png", icc_profile=curve)
    found = quantize(tmp_path / "a.png", 4)
    assert found.icc_profile == curve == found.image.info["icc_profile"]
    with Image.open(found.save(tmp_path / "b.png")) as written:
        assert written.info["icc_profile"] == curve


@pytest.mark.parametrize(
    ("picture", "error", "told"),
    [
        (np.zeros((2, 2, 3), int), TypeError, r"found dtype int64.*picture.astype\(np.uint8\)\.$"),
        (np.full((2, 2, 3), 300), TypeError, "found dtype int64, expected uint8, uint16 or floats"),
        (np.zeros((2, 2), bool), TypeError, r"Black and white: picture \* np.uint8\(255\)\.$"),
        (np.full((2, 2), 200.0), ValueError, r"floats from 200 to 200.*picture / 255\.$"),
        (np.full((2, 2), 6e4), ValueError, r"picture / 65535\.$"),
        (np.full((2, 2), -0.1), ValueError, r"Cut off what is beyond: picture.clip\(0, 1\)\.$"),
        (np.full((2, 2), np.nan), ValueError, "found nan, expected floats from 0 to 1"),
        (np.zeros((3, 9, 9), np.uint8), ValueError, r"np.moveaxis\(picture, 0, -1\)\.$"),
        (np.zeros((9, 9, 1), np.uint8), ValueError, r"picture\[..., 0\]\.$"),
        (np.zeros((0, 9, 3), np.uint8), ValueError, "with at least one pixel"),
        (None, TypeError, "found NoneType, expected a path"),
        (b"\x89PNG", TypeError, r"PIL.Image.open\(io.BytesIO\(picture\)\)\.$"),
    ],
)
def test_what_is_no_picture_is_told_with_how_to_mend_it(picture, error, told):
    with pytest.raises(error, match=f"^picture: .*{told}"):
        quantize(picture, 2)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"k": 0}, "k: found 0, expected a whole number from 1 up"),
        ({"k": [3, 0]}, "k: found 0, expected"),
        ({"k": []}, "k: found no number"),
        ({"k": "5"}, "k: found '5', expected"),
        ({"seed": -1}, "seed: found -1"),
        (
            {"alpha": np.zeros((2, 2), np.uint8)},
            r"alpha: found shape \(2, 2\), expected \(24, 32\)",
        ),
        ({"alpha": np.full((24, 32), 2.0)}, "alpha: found floats from 2 to 2"),
    ],
)
def test_what_cannot_be_asked_is_told(pixels, keys, told):
    with pytest.raises(ValueError, match=told):
        quantize(pixels, **{"k": 3, **keys})


def test_alpha_stands_beside_colors_alone(pixels, tmp_path):
    alpha = np.full((24, 32), 9, np.uint8)
    with pytest.raises(ValueError, match="beside a picture that has its own"):
        quantize(np.dstack([pixels, alpha]), 3, alpha=alpha)
    with pytest.raises(ValueError, match="beside a file or an image"):
        quantize(Image.fromarray(pixels), 3, alpha=alpha)


def test_files_that_are_no_pictures_are_told_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.png"):
        quantize(tmp_path / "none.png", 3)
    with pytest.raises(IsADirectoryError, match="quantize_folder takes a folder"):
        quantize(tmp_path, 3)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"a\.png: unreadable: "):
        quantize(tmp_path / "a.png", 3)


def test_formats_that_cannot_hold_it_are_told(pixels, tmp_path):
    found = quantize(pixels, 4096)
    with pytest.raises(ValueError, match=r"^GIF: .* colors, at most 256; take fewer colors\.$"):
        found.save(tmp_path / "a.gif")
    with pytest.raises(ValueError, match=r"a\.jpg: found no such ending, .*\.png is exact\.$"):
        found.save(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="format: found 'jpeg', expected one of 'png'"):
        found.save(tmp_path / "a", "jpeg")
    assert not any(tmp_path.iterdir())

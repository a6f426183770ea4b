import io
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageCms

from batchquant.formats import png_stream
from batchquant.formats.png import encode_flattened_png, encode_png, encode_rgb_png
from batchquant.formats.png_stream import DOWN, PLAIN, RUNS_DOWN, pack
from batchquant.images.read.decode import decode


def picture(n_colors, height=70, width=90, pattern="noise"):
    if pattern == "noise":
        indices = np.random.default_rng(n_colors).integers(0, n_colors, (height, width))
    elif pattern == "photograph":  # broad bands with ragged edges
        rng = np.random.default_rng(n_colors)
        ragged = np.linspace(0, n_colors, width) + rng.normal(0, 0.3, (height, width))
        indices = np.clip(ragged, 0, n_colors - 1)
    elif pattern == "slope":  # each row goes on where the one above began, a little
        y, x = np.mgrid[0:height, 0:width]
        indices = (x * x // 50 + y // 40) % n_colors
    else:
        y, x = np.mgrid[0:height, 0:width]
        indices = (x * 7 + y // 3) % n_colors
    palette = np.random.default_rng(1).integers(0, 256, (n_colors, 3)).astype(np.uint8)
    return indices.astype(np.uint8 if n_colors <= 256 else np.uint16), palette


OPAQUE, BINARY, SOFT = None, [255], [1, 128, 255]  # alpha of what is not hidden
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cutout(n_colors, alphas):
    """A picture of which a fifth is hidden, with indices there that no palette has."""
    indices, palette = picture(max(n_colors, 1))
    if alphas is OPAQUE:
        return indices, palette, None
    rng = np.random.default_rng(1000 + n_colors)  # not that of the indices
    alpha = rng.choice(np.array(alphas, np.uint8), indices.shape)
    alpha[rng.random(indices.shape) < (0.2 if n_colors else 1)] = 0
    indices[alpha == 0] = np.iinfo(indices.dtype).max
    return indices, palette[:n_colors], alpha


def shown(indices, palette, alpha):
    """Its pixels, (H, W, 4), hidden ones black; (H, W, 3) where there is no alpha."""
    if alpha is None:
        return palette[indices]
    pixels = np.zeros((*indices.shape, 4), np.uint8)
    visible = alpha > 0
    pixels[visible, :3] = palette[indices[visible]]
    pixels[..., 3] = alpha
    return pixels


def read(png):
    """The pixels of a file with transparency, (H, W, 4)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def chunks(png):
    """Kind and data of each chunk, in their order; no kind occurs twice."""
    found = {}
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        assert kind not in found
        found[kind.decode()] = png[at + 8 : at + 8 + length]
        at += length + 12
    return found


def header(png):
    """Bit depth and color type."""
    return tuple(chunks(png)["IHDR"][8:10])


@pytest.mark.parametrize(
    ("n_colors", "bits"),
    [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)],
)
def test_the_bit_depth_is_the_smallest_that_holds_the_palette(n_colors, bits):
    indices, palette = picture(n_colors)
    png = encode_png(indices, palette)
    assert png[24] == bits  # IHDR: width, height, bit depth, color type
    assert png[25] == 3
    assert png.count(b"PLTE") == 1
    length = int.from_bytes(png[png.index(b"PLTE") - 4 : png.index(b"PLTE")], "big")
    assert length == 3 * n_colors
    assert np.array_equal(decode(png).pixels, palette[indices])


def test_above_256_colors_it_is_rgb():
    indices, palette = picture(300)
    png = encode_png(indices, palette)
    assert (png[24], png[25]) == (8, 2)
    assert np.array_equal(decode(png).pixels, palette[indices])


@pytest.mark.parametrize(
    ("n_colors", "pattern", "smaller", "larger"),
    [
        (16, "photograph", RUNS_DOWN, PLAIN),
        (16, "tiles", PLAIN, RUNS_DOWN),
        (64, "slope", DOWN, PLAIN),
        (64, "tiles", PLAIN, DOWN),
        (300, "slope", DOWN, PLAIN),
        (300, "tiles", PLAIN, DOWN),
    ],
)
def test_the_way_that_makes_it_smaller_is_taken(n_colors, pattern, smaller, larger, monkeypatch):
    indices, palette = picture(n_colors, height=400, width=300, pattern=pattern)
    chosen = encode_png(indices, palette)
    sizes = []
    for way in (smaller, larger):
        monkeypatch.setattr(png_stream, "_smallest", lambda *_, way=way: way)
        sizes.append(len(encode_png(indices, palette)))
    assert sizes[0] < 0.99 * sizes[1]  # else there is nothing to choose
    assert len(chosen) == sizes[0]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("width", range(1, 18))
def test_entries_are_packed_from_the_high_bits_on(bits, width):
    entries = np.random.default_rng(width).integers(0, 1 << bits, (3, width)).astype(np.uint8)
    for given in (entries, np.asfortranarray(entries)):
        words = ["".join(f"{entry:0{bits}b}" for entry in row) for row in given.tolist()]
        expected = [
            [int(word[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(word), 8)]
            for word in words
        ]
        assert pack(given, bits).tolist() == expected


@pytest.mark.parametrize(
    ("n_colors", "bits"),
    [(0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (15, 4), (16, 8), (255, 8)],
)
def test_hidden_pixels_have_one_transparent_entry_before_the_palette(n_colors, bits):
    indices, palette, alpha = cutout(n_colors, BINARY)
    png = encode_png(indices, palette, alpha=alpha)
    assert header(png) == (bits, 3)
    assert chunks(png)["PLTE"] == bytes(3) + palette.tobytes()
    assert chunks(png)["tRNS"] == bytes(1)
    assert np.array_equal(read(png), shown(indices, palette, alpha))


@pytest.mark.parametrize(
    ("n_colors", "alphas", "bits"),
    [(1, [7], 1), (1, SOFT, 2), (5, SOFT, 4), (16, [254], 8), (85, SOFT, 8), (255, [9], 8)],
)
def test_soft_alpha_is_indexed_where_its_pairs_are_few(n_colors, alphas, bits):
    indices, palette, alpha = cutout(n_colors, alphas)
    png = encode_png(indices, palette, alpha=alpha)
    assert header(png) == (bits, 3)
    pairs = {tuple(pixel) for pixel in shown(indices, palette, alpha).reshape(-1, 4).tolist()}
    opacity = [*chunks(png)["tRNS"]]
    opacity += [255] * (len(chunks(png)["PLTE"]) // 3 - len(opacity))
    assert sorted(pair[3] for pair in pairs) == opacity
    assert 255 not in chunks(png)["tRNS"]
    assert np.array_equal(read(png), shown(indices, palette, alpha))


@pytest.mark.parametrize(
    ("n_colors", "alphas"), [(256, BINARY), (86, SOFT), (256, [254]), (300, [128, 255])]
)
def test_alpha_that_makes_more_than_256_pairs_is_kept_as_rgba(n_colors, alphas):
    indices, palette, alpha = cutout(n_colors, alphas)
    png = encode_png(indices, palette, alpha=alpha)
    assert header(png) == (8, 6)
    assert np.array_equal(read(png), shown(indices, palette, alpha))


@pytest.mark.parametrize("n_colors", [5, 256, 300])
def test_alpha_that_hides_nothing_changes_nothing(n_colors):
    indices, palette = picture(n_colors)
    opaque = np.full(indices.shape, 255, np.uint8)
    png = encode_png(indices, palette)
    assert encode_png(indices, palette, alpha=opaque) == png
    assert encode_flattened_png(indices, palette, opaque, (1, 2, 3)) == png


def test_arguments_are_not_modified():
    indices, palette, alpha = cutout(5, BINARY)
    before = indices.copy(), palette.copy(), alpha.copy()
    encode_png(indices, palette, alpha=alpha)
    encode_flattened_png(indices, palette, alpha, (1, 2, 3))
    assert all(map(np.array_equal, before, (indices, palette, alpha)))


def test_flattening_shows_the_background_where_pixels_are_hidden():
    palette = np.array([[9, 9, 9], [200, 0, 0]], np.uint8)
    indices = np.array([[0, 1, 7]], np.uint8)
    alpha = np.array([[255, 255, 0]], np.uint8)
    png = encode_flattened_png(indices, palette, alpha, (255, 255, 255))
    assert header(png) == (2, 3)
    assert chunks(png)["PLTE"] == palette.tobytes() + bytes([255, 255, 255])
    assert decode(png).pixels.tolist() == [[[9, 9, 9], [200, 0, 0], [255, 255, 255]]]


def test_flattening_shares_the_entry_of_a_color_equal_to_the_background():
    palette = np.array([[9, 9, 9], [200, 0, 0]], np.uint8)
    indices = np.array([[0, 1, 7]], np.uint8)
    alpha = np.array([[255, 255, 0]], np.uint8)
    png = encode_flattened_png(indices, palette, alpha, (200, 0, 0))
    assert header(png) == (1, 3)
    assert chunks(png)["PLTE"] == palette.tobytes()
    assert decode(png).pixels.tolist() == [[[9, 9, 9], [200, 0, 0], [200, 0, 0]]]


@pytest.mark.parametrize(("n_colors", "color_type"), [(0, 3), (255, 3), (256, 2)])
def test_flattening_is_indexed_where_the_background_finds_an_entry(n_colors, color_type):
    indices, palette, alpha = cutout(n_colors, BINARY)
    assert not (palette == (1, 2, 3)).all(axis=1).any()
    png = encode_flattened_png(indices, palette, alpha, (1, 2, 3))
    assert header(png) == (8 if n_colors else 1, color_type)
    expected = shown(indices, palette, alpha)[..., :3]
    expected[alpha == 0] = (1, 2, 3)
    assert np.array_equal(decode(png).pixels, expected)


def test_flattening_mixes_soft_alpha_and_rounds():
    palette = np.array([[10, 0, 255]], np.uint8)
    indices = np.array([[0, 0, 9]], np.uint8)
    alpha = np.array([[100, 255, 0]], np.uint8)
    png = encode_flattened_png(indices, palette, alpha, (255, 1, 255))
    assert header(png) == (8, 2)
    # (10 * 100 + 255 * 155) / 255 = 158.92, and 1 * 155 / 255 = 0.61
    assert decode(png).pixels.tolist() == [[[159, 1, 255], [10, 0, 255], [255, 1, 255]]]


@pytest.mark.parametrize(
    ("n_colors", "alphas", "kinds"),
    [
        (5, OPAQUE, "PLTE"),
        (300, OPAQUE, ""),
        (5, BINARY, "PLTE tRNS"),
        (5, SOFT, "PLTE tRNS"),
        (5, range(256), ""),
    ],
)
def test_there_is_no_metadata_but_profile_and_dpi(n_colors, alphas, kinds):
    indices, palette, alpha = cutout(n_colors, alphas)
    png = encode_png(indices, palette, alpha=alpha)
    assert list(chunks(png)) == ["IHDR", *kinds.split(), "IDAT", "IEND"]

    both = encode_png(indices, palette, alpha=alpha, icc_profile=SRGB, dpi=(300, 72.5))
    assert list(chunks(both)) == ["IHDR", "iCCP", *kinds.split(), "pHYs", "IDAT", "IEND"]
    assert chunks(both)["IDAT"] == chunks(png)["IDAT"]
    assert chunks(both)["pHYs"] == struct.pack(">IIB", 11811, 2854, 1)  # per meter
    assert Image.open(io.BytesIO(both)).info["icc_profile"] == SRGB
    again = encode_png(indices, palette, alpha=alpha, icc_profile=SRGB, dpi=(300, 72.5))
    assert both == again


@pytest.mark.parametrize("metadata", [{}, {"icc_profile": SRGB, "dpi": (300, 300)}])
@pytest.mark.parametrize("alphas", [OPAQUE, BINARY, SOFT, range(256)])
@pytest.mark.parametrize("n_colors", [1, 2, 3, 15, 16, 255, 256, 300])
def test_an_independent_reader_sees_the_same_pixels(n_colors, alphas, metadata, vips, tmp_path):
    indices, palette, alpha = cutout(n_colors, alphas)
    png = encode_png(indices, palette, alpha=alpha, **metadata)
    (tmp_path / "picture.png").write_bytes(png)
    subprocess.run([vips, "rawsave", "picture.png", "pixels"], cwd=tmp_path, check=True)
    found = np.fromfile(tmp_path / "pixels", np.uint8)
    assert np.array_equal(found.reshape(*indices.shape, -1), shown(indices, palette, alpha))


def test_any_picture_can_be_written():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    assert np.array_equal(decode(encode_rgb_png(pixels)).pixels, pixels)

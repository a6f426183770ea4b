"""Files that are exact give back what was painted, to the byte of any other file made of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from batchquant.formats.format import Painted
from batchquant.formats.painted import in_srgb
from batchquant.formats.registry import formats
from batchquant.images.read.density import as_in_png
from batchquant.quantization import quantize
from batchquant.quantization.color.weights import weights_of

SETTINGS = {"dpi": 150.0, "background": (255, 255, 255)}


def paint(pixels, k=4, alpha=None, **more):
    found = quantize(pixels, k, alpha=alpha, init="maximin")
    return Painted(found.indices, found.palette, found.counts, found.unit, alpha, **more)


def noise(seed=0, shape=(9, 7, 3)):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def same(a, b):
    assert (a.palette == b.palette).all() and a.palette.shape == b.palette.shape
    assert a.counts.tolist() == b.counts.tolist()
    assert (a.unit, a.icc_profile, a.dpi) == (b.unit, b.icc_profile, b.dpi)
    assert a.indices.dtype == b.indices.dtype
    seen = np.ones(a.indices.shape, bool) if a.alpha is None else a.alpha > 0
    assert (a.indices[seen] == b.indices[seen]).all()
    if a.alpha is not None:
        assert (a.alpha == b.alpha).all()


def alphas(shape, kind):
    if kind == "opaque":
        return None
    levels = [0, 255] if kind == "binary" else [0, 1, 128, 255]
    found = np.random.default_rng(1).choice(levels, shape).astype(np.uint8)
    found.flat[0] = 0
    return found


@pytest.mark.parametrize("alpha", ["opaque", "binary", "soft"])
@pytest.mark.parametrize("k", [1, 2, 16, 63])
@pytest.mark.parametrize(
    "kind", [kind for kind, each in formats().items() if each.key == "formats"]
)
def test_an_exact_file_gives_the_picture_back(kind, k, alpha):
    pixels = noise()
    painted = paint(pixels, k, alphas(pixels.shape[:2], alpha), dpi=as_in_png((300.0, 300.0)))
    output = formats()[kind]
    if not output.is_exact(painted):
        pytest.skip(f"{kind} does not hold all of it")
    content = output.encode(painted, "a", SETTINGS)
    back = output.read(content)
    same(back, painted)
    for other in formats().values():
        if other.compares:
            continue  # it shows more than what was painted
        assert other.encode(back, "a", SETTINGS) == other.encode(painted, "a", SETTINGS)


def test_png_and_opaque_pdf_are_exact():
    painted = paint(noise())
    assert all(formats()[kind].is_exact(painted) for kind in ("png", "pdf"))
    assert not formats()["gpl"].is_exact(painted)


@given(arrays(np.uint8, (5, 6, 3)), st.none() | arrays(np.uint8, (5, 6)), st.integers(1, 9))
def test_any_picture_comes_back_from_its_png(pixels, alpha, k):
    alpha = None if alpha is None or (alpha == 255).all() else alpha
    painted = paint(pixels, k, alpha)
    same(formats()["png"].read(formats()["png"].encode(painted, "a", SETTINGS)), painted)


def test_a_picture_without_a_visible_pixel_comes_back():
    painted = paint(noise(), 3, np.zeros((9, 7), np.uint8))
    back = formats()["png"].read(formats()["png"].encode(painted, "a", SETTINGS))
    assert back.palette.shape == (0, 3) and not back.alpha.any()


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_damaged_file_is_told(kind):
    content = formats()[kind].encode(paint(noise()), "a", SETTINGS)
    with pytest.raises(ValueError, match="damaged"):
        formats()[kind].read(content[:50])


def test_without_a_profile_nothing_is_converted():
    painted = paint(noise())
    assert in_srgb(painted) is painted
    assert weights_of(painted.alpha) is None

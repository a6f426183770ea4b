"""A PDF that is wanted later is made of the PNG that is there."""

import dataclasses
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image
from sources import SRGB_PROFILE

from batchquant.plan.outputs import plan_variants
from batchquant.plan.records import Settings
from batchquant.steps import process
from batchquant.steps.task import Task

SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)


@pytest.fixture
def make(tmp_path):
    """Work on a picture in given formats; its outputs lie in a folder of their own."""

    def made(folder, formats, earlier=None, k=(2, 300)):
        variants = plan_variants(SETTINGS, k, ["in_pixel"], formats, PurePosixPath("a"))
        source, output = tmp_path / "a.png", tmp_path / folder
        task = Task(0, 0, "a.png", source, 0, False, 0, output, SETTINGS, None, variants)
        ours = frozenset(task.places)
        return process(dataclasses.replace(task, index=5, earlier=earlier, ours=ours))

    return made


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_the_same_as_if_both_were_made_at_once(make, photo, tmp_path):
    photo(tmp_path / "a.png", icc_profile=SRGB_PROFILE)  # of 768 colors: indexed, and RGB
    earlier = make("later", ["png"])
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "later").iterdir()}
    (tmp_path / "a.png").write_text("nobody looks at it")
    added = make("later", ["png", "pdf"], earlier)
    assert (
        before.items() <= {p: p.stat().st_mtime_ns for p in (tmp_path / "later").iterdir()}.items()
    )
    photo(tmp_path / "a.png", icc_profile=SRGB_PROFILE)
    at_once = make("once", ["png", "pdf"])
    assert files(tmp_path / "later") == files(tmp_path / "once")
    assert (added.index, added.source_sha256) == (5, at_once.source_sha256)
    for later, once in zip(added.variants, at_once.variants, strict=True):
        assert later._replace(cluster_s=0, encode_s=0) == once._replace(cluster_s=0, encode_s=0)


def test_of_pixels_that_are_not_square_it_has_the_same_page(make, photo, tmp_path):
    pixels = photo(tmp_path / "a.png")
    Image.fromarray(pixels).save(tmp_path / "a.png", dpi=(203.2, 97.79))
    earlier = make("later", ["png"])
    (tmp_path / "a.png").unlink()
    assert make("later", ["png", "pdf"], earlier).error is None
    Image.fromarray(pixels).save(tmp_path / "a.png", dpi=(203.2, 97.79))
    make("once", ["png", "pdf"])
    assert files(tmp_path / "later") == files(tmp_path / "once")


def test_of_a_transparent_picture_it_is_made_again(make, photo, tmp_path):
    pixels = photo(tmp_path / "a.png")
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:5] = 0
    Image.fromarray(np.dstack([pixels, alpha])).save(tmp_path / "a.png")
    earlier = make("later", ["png"])
    added = make("later", ["png", "pdf"], earlier)
    make("once", ["png", "pdf"])
    assert files(tmp_path / "later") == files(tmp_path / "once")
    assert added.notes == "PDF laid onto #ffffff"


@pytest.mark.parametrize("mishap", [lambda png: png.unlink(), lambda png: png.write_bytes(b"x")])
def test_of_another_png_it_is_made_again(mishap, make, photo, tmp_path):
    photo(tmp_path / "a.png")
    earlier = make("later", ["png"])
    mishap(tmp_path / "later" / "a_k002_in_pixel.png")
    make("later", ["png", "pdf"], earlier)
    make("once", ["png", "pdf"])
    assert files(tmp_path / "later") == files(tmp_path / "once")

"""Files that are wanted later, or with other settings, are made of an exact file that is there."""

import io
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image
from sources import SRGB_PROFILE

from batchquant.errors import StorageError
from batchquant.files.digests import digest_of
from batchquant.formats.registry import formats
from batchquant.plan.outputs import plan_variants
from batchquant.plan.records import Settings
from batchquant.steps.task import Known, Task
from batchquant.steps.variants import process

SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)
ALL = tuple(kind for kind, each in formats().items() if not each.compares)


@pytest.fixture
def make(tmp_path):
    """Make files of a picture, or restore those that are missing; outputs have their own folder."""

    def made(
        folder, kinds, earlier=None, *, base="png", again=(), k=(2, 300), stop_file=None, **keys
    ):
        settings = replace(SETTINGS, **keys)
        variants = plan_variants(settings, k, ["in_pixel"], kinds, PurePosixPath("a"))
        source, output = str(tmp_path / "a.png"), tmp_path / folder
        task = Task(0, 0, "a.png", source, 0, False, 0, output, settings, stop_file, variants)
        task = replace(task, index=5, ours=frozenset(task.places))
        if earlier is not None:
            pairs = zip(variants, earlier.variants, strict=True)
            known = tuple(known_of(variant, figures, base, again) for variant, figures in pairs)
            task = replace(task, known=known, earlier=earlier)
        return process(task)

    return made


def known_of(variant, figures, base, again):
    """Say that all is missing but what was made before, without what is to be made again."""
    size_bytes, digest, is_exact, _ = figures.files[base]
    assert is_exact
    staying = {kind: file for kind, file in figures.files.items() if kind not in again}
    missing = frozenset(variant.outputs) - staying.keys()
    path = f"a_k{variant.k:03d}_in_pixel.{base}"
    return Known(figures._replace(files=staying), missing, base, path, size_bytes, digest)


@pytest.fixture
def nothing_is_clustered(monkeypatch, tmp_path):
    """Call it before files are restored: neither colors nor the source can be looked for then."""

    def forbid():
        (tmp_path / "a.png").rename(tmp_path / "kept.png")
        for name in (
            "variants.quantize_colors",
            "variants.choose_from_palette",
            "workplace.read_source",
        ):
            monkeypatch.setattr(f"batchquant.steps.{name}", lambda *given, **keys: 1 / 0)

    def allow():
        (tmp_path / "kept.png").rename(tmp_path / "a.png")
        monkeypatch.undo()

    forbid.end = allow
    return forbid


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def write(path, pixels, alpha=None, **options):
    image = pixels if alpha is None else np.dstack([pixels, alpha.astype(np.uint8)])
    Image.fromarray(image).save(path, **options)


@pytest.mark.parametrize("alpha", ["opaque", "binary", "soft", "none visible"])
@pytest.mark.parametrize("options", [{}, {"icc_profile": SRGB_PROFILE, "dpi": (203.2, 97.79)}])
def test_it_is_the_same_as_if_all_were_made_at_once(
    alpha, options, make, nothing_is_clustered, photo, tmp_path
):
    pixels = photo(tmp_path / "a.png")  # of 768 colors: indexed, and RGB
    levels = np.arange(pixels[..., 0].size).reshape(pixels.shape[:2])
    alpha = {"binary": 255 * (levels % 2), "soft": levels % 256, "none visible": 0 * levels}.get(
        alpha
    )
    write(tmp_path / "a.png", pixels, alpha, **options)
    earlier = make("later", ["png"])
    before = times(tmp_path / "later")
    nothing_is_clustered()
    added = make("later", ALL, earlier)
    assert before.items() <= times(tmp_path / "later").items()
    nothing_is_clustered.end()
    at_once = make("once", ALL)
    assert files(tmp_path / "later") == files(tmp_path / "once")
    made = [file for figures in added.variants for file in figures.files.values()]
    left_out = [file for file in made if file.size_bytes < 0]
    assert len(files(tmp_path / "later")) == 2 * len(ALL) - len(left_out)
    assert {file.note[:8] for file in left_out} <= {"no GIF: "}
    assert (added.index, added.source_sha256) == (5, at_once.source_sha256)
    for later, once in zip(added.variants, at_once.variants, strict=True):
        assert later._replace(cluster_s=0, encode_s=0) == once._replace(cluster_s=0, encode_s=0)
    note = None if alpha is None else "PDF laid onto #ffffff"
    assert {figures.files["pdf"].note for figures in added.variants} == {note}


def test_a_pdf_of_opaque_pixels_gives_them_back_too(make, nothing_is_clustered, photo, tmp_path):
    photo(tmp_path / "a.png")
    earlier = make("later", ["pdf"])
    nothing_is_clustered()
    make("later", ALL, earlier, base="pdf")
    nothing_is_clustered.end()
    make("once", ALL)
    assert files(tmp_path / "later") == files(tmp_path / "once")


@pytest.mark.parametrize("options", [{"icc_profile": SRGB_PROFILE}, {"dpi": (300, 300)}])
def test_a_pdf_does_not_tell_a_profile_or_a_density(options, make, photo, tmp_path):
    write(tmp_path / "a.png", photo(tmp_path / "a.png"), **options)
    assert not any(figures.files["pdf"].is_exact for figures in make("out", ["pdf"]).variants)


def test_a_pdf_of_another_page_is_made_of_itself(make, nothing_is_clustered, photo, tmp_path):
    photo(tmp_path / "a.png")
    earlier = make("later", ["pdf"])
    nothing_is_clustered()
    make("later", ["pdf"], earlier, base="pdf", again={"pdf"}, dpi=72.0)
    nothing_is_clustered.end()
    make("once", ["pdf"], dpi=72.0)
    assert files(tmp_path / "later") == files(tmp_path / "once")


def pale(png):
    """Write another picture of as many bytes."""
    content = bytearray(png.read_bytes())
    at = content.index(b"PLTE") + 4
    content[at] ^= 1
    png.write_bytes(content)


def cut(png):
    png.write_bytes(png.read_bytes()[:-20])


@pytest.mark.parametrize("mishap", [lambda png: png.unlink(), cut, pale])
def test_of_another_png_it_is_made_again(mishap, make, photo, tmp_path):
    photo(tmp_path / "a.png")
    earlier = make("later", ["png"])
    mishap(tmp_path / "later" / "a_k002_in_pixel.png")
    added = make("later", ["png", "pdf"], earlier)
    make("once", ["png", "pdf"])
    assert files(tmp_path / "later") == files(tmp_path / "once")
    assert added.decode_s > 0


def test_what_was_damaged_before_its_digest_was_taken_is_made_again(make, photo, tmp_path):
    photo(tmp_path / "a.png")
    earlier = make("later", ["png"], k=(2,))
    png = tmp_path / "later" / "a_k002_in_pixel.png"
    cut(png)
    content = png.read_bytes()
    (figures,) = earlier.variants
    lied = figures.files["png"]._replace(size_bytes=len(content), digest=digest_of(content))
    earlier = replace(earlier, variants=(figures._replace(files={"png": lied}),))
    make("later", ["png", "pdf"], earlier, k=(2,))
    with Image.open(io.BytesIO(png.read_bytes())) as image:
        image.load()
    assert (tmp_path / "later" / "a_k002_in_pixel.pdf").is_file()


def test_a_word_to_stop_ends_it(make, photo, tmp_path):
    photo(tmp_path / "a.png")
    earlier = make("later", ["png"])
    (tmp_path / "stop").touch()
    stopped = make("later", ["png", "pdf"], earlier, stop_file=tmp_path / "stop")
    assert (stopped.variants, stopped.error, stopped.index) == ((), None, 5)
    assert len(files(tmp_path / "later")) == 2


def test_storage_trouble_is_not_the_images_fault(make, photo, tmp_path, monkeypatch):
    photo(tmp_path / "a.png")
    earlier = make("later", ["png"])

    def is_full(*given, **keys):
        raise StorageError("disk full")

    monkeypatch.setattr("batchquant.steps.files.publish_output", is_full)
    with pytest.raises(StorageError, match="disk full"):
        make("later", ["png", "pdf"], earlier)

"""Laws of what comes in from outside: whatever a file is called or holds, it has its row."""

import io
import os
import pickle
import tempfile
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
from builders import variant_of
from circumstances import STRESS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openimageio_sources import write
from photoshop_sources import layers, psd
from PIL import Image, features
from raw_sources import dng, mosaic
from sources import SRGB_PROFILE, encode, tiff

from batchquant.formats.png import encode_rgb_png
from batchquant.jobfile import load_job
from batchquant.plan.records import Settings
from batchquant.run.survey import plan_job
from batchquant.steps.task import Pending, Task
from batchquant.steps.tasks import make_tasks
from batchquant.steps.variants import process


def law(examples, examples_under_stress):
    """Try a law with examples that are the same in every run, or with many more, at random."""
    return settings(
        max_examples=examples_under_stress if STRESS else examples,
        derandomize=not STRESS,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


PICTURE = encode_rgb_png(np.zeros((1, 2, 3), np.uint8))

AWKWARD = [
    "-rf",
    "=cmd()",
    "CON",
    "a\nb",
    "a\tb",
    " a ",
    "a.",
    "..a",
    "'\"`$;|&<>*?",
    "\u202e",
    "é",
    "É",
]
STEMS = (
    st.sampled_from(AWKWARD)
    | st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
).map(str.encode) | st.binary(min_size=1)
NAMES = st.builds(
    lambda stem, ending: stem.replace(b"/", b"").replace(b"\0", b"")[: 255 - len(ending)] + ending,
    STEMS,
    st.sampled_from([b".png", b".PNG", b".tar.png", b".png.png"]),
)


@law(40, 1000)
@given(st.lists(NAMES, min_size=1, max_size=4), st.booleans())
def test_a_file_of_any_name_has_outputs_or_a_reason(names, twins):
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder, "photos")
        photos.mkdir()
        if twins:  # names that some file systems do not tell apart
            names += [
                unicodedata.normalize(form, name.decode("utf-8", "ignore")).encode()
                for name in names
                for form in ("NFC", "NFD")
            ]
            names += [name.swapcase() for name in names]
        names.append(b"a.png")  # some of the others are hidden files
        paths = {photos / os.fsdecode(name) for name in names if len(name) <= 255}
        for path in paths:
            path.write_bytes(PICTURE)
        Path(folder, "jobs.yaml").write_text("inputs: photos\nk: [2, 3]\nformats: [png, pdf]\n")
        plan = plan_job(load_job(Path(folder, "jobs.yaml")))

        (plan.output / "_run").mkdir(parents=True)

        visible = {path for path in paths if not path.name.startswith(".")}
        assert {Path(image.file.place) for image in plan.images} == visible
        assert all(image.refusal.startswith("bad_name: ") for image in plan.images if image.refusal)
        outputs = [
            path
            for image in plan.images
            if image.refusal is None
            for variant in image.variants
            for path in variant.outputs.values()
        ]
        pending = [
            Pending(position, image, image.variants)
            for position, image in enumerate(plan.images)
            if image.refusal is None
        ]
        for task in make_tasks(plan.output, pending, workers=1):
            result = process(task)
            assert result.error is None
            assert None not in result.variants
        written = [path for path in plan.output.rglob("*") if path.is_file()]
        assert sorted(written) == sorted(plan.output / path for path in outputs)


@cache
def pictures():
    """A small picture in everything that is read, as far as there is who writes it."""
    rng = np.random.default_rng(0)
    rgba = Image.fromarray(rng.integers(0, 256, (12, 16, 4), np.uint8))
    rgb, gray = rgba.convert("RGB"), rgba.convert("L")
    raw = rng.integers(0, 65536, (24, 32, 3), np.uint16)
    deep = Image.fromarray(rng.integers(0, 65536, (12, 16), np.uint16))
    animation = {"save_all": True, "append_images": [gray, rgb]}
    encoded = [
        encode(rgb, "JPEG"),
        encode(rgb, "JPEG", progressive=True, icc_profile=SRGB_PROFILE, dpi=(300, 300)),
        encode(rgb.convert("CMYK"), "JPEG"),
        encode(rgba, "PNG"),
        encode(deep, "PNG"),
        encode(rgb.quantize(5), "PNG", transparency=0, icc_profile=SRGB_PROFILE),
        encode(rgb, "GIF", **animation),
        encode(rgb, "PNG", **animation),
        encode(rgba, "ICO", sizes=[(16, 12), (8, 6)]),
        *(encode(rgb, name) for name in ("BMP", "DIB", "PCX", "PPM", "SGI", "TGA")),
        encode(rgb, "TGA", compression="tga_rle"),
        encode(deep, "TIFF"),
        dng(mosaic(raw)),
        dng(raw, preview=np.asarray(rgb)),
        encode(rgb.convert("LAB"), "TIFF"),
        *(
            encode(image, "TIFF", compression=compression)
            for image, compression in (
                (rgb, "tiff_lzw"),
                (rgba, "tiff_adobe_deflate"),
                (rgb, "jpeg"),
                (gray, "packbits"),
                (gray.convert("1"), "group4"),
                (gray.convert("1"), "group3"),
            )
        ),
    ]
    shades = rng.random((12, 16, 3), np.float32)
    encoded += [
        tiff(list(np.moveaxis(shades, 2, 0)), photometric=2, sample_format=3, interleaved=True),
        tiff(list(np.moveaxis(shades * 2**31, 2, 0).astype(np.uint32)), photometric=2),
        write(".tif", (shades * 255).astype(np.uint8), compression="webp"),
        write(".jxl", (shades * 255).astype(np.uint8)),
        write(".exr", shades, "half", compression="zip"),
        write(".exr", shades, "float", compression="piz", tile=8),
        write(".hdr", shades),
        write(".dpx", shades, "uint16", oiio__BitsPerSample=10),
        psd(list(np.asarray(rgba).transpose(2, 0, 1)), layers=layers(-1), runs=True),
        psd(list(np.moveaxis(shades, 2, 0)), bits=32),
    ]
    for feature, name in (("webp", "WEBP"), ("avif", "AVIF"), ("jpg_2000", "JPEG2000")):
        if features.check(feature):
            encoded.append(encode(rgba, name))
    return encoded


@st.composite
def damaged(draw):
    """The bytes of a picture, some of them others, cut, or with something put between."""
    content = bytearray(draw(st.sampled_from(pictures())))
    kinds = st.lists(st.sampled_from(["flip", "cut", "insert", "zero"]), max_size=5)
    for kind in draw(kinds):
        # Headers are where the harm is: every second place is in one.
        at = draw(st.integers(0, len(content)) | st.integers(0, min(100, len(content))))
        match kind:
            case "flip" if at < len(content):
                content[at] ^= draw(st.integers(1, 255))
            case "cut":
                del content[at:]
            case "insert":
                content[at:at] = draw(st.binary(max_size=8))
            case "zero":
                content[at : at + 4] = bytes(len(content[at : at + 4]))
    return bytes(content)


READINGS = st.fixed_dictionaries(
    {
        "truncated": st.sampled_from(["fail", "accept"]),
        "alpha": st.sampled_from(["keep", "flatten"]),
        "color_profile": st.sampled_from(["keep", "srgb"]),
        "reduce": st.sampled_from([None, 5]),
    }
)


@law(300, 30_000)
@given(damaged(), READINGS, st.integers(0, 1))
def test_a_damaged_picture_is_shown_or_has_a_reason(capfd, content, reading, frame):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.write_bytes(content)
        task = Task(
            index=7,
            position=0,
            title="a picture",
            source=str(source),
            frame=frame,
            takes_all=False,
            pixels=0,
            output=Path(folder, "out"),
            settings=Settings(
                seed=0, n_init=1, max_iter=10, tol=0.0, dpi=150.0, max_pixels=100_000, **reading
            ),
            stop_file=None,
            variants=(variant_of(2, "random", png="a.png", pdf="a.pdf"),),
        )
        result = process(task)
        (made,) = result.variants
        assert result.index == 7
        assert len(pickle.dumps(result)) < 4096
        if made is None:
            assert result.error.startswith(("unreadable: ", "too_large: "))
        else:
            with Image.open(io.BytesIO((task.output / "a.png").read_bytes())) as picture:
                assert picture.size == (result.width, result.height)
    assert capfd.readouterr() == ("", "")

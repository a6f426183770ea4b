"""The table of formats, against what comes of files that Pillow writes."""

from contextlib import suppress

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from sources import SWAPPED_PROFILE, encode

from batchquant.cli.main import commands
from batchquant.errors import ImageError
from batchquant.images.read import formats
from batchquant.images.read.decode import decode
from batchquant.images.read.formats import (
    BY_SUFFIX,
    FORMATS,
    PILLOW_HEIF,
    needs,
    needs_no_more,
    part_left_out,
    read_suffixes,
    tell_suffixes,
)
from batchquant.images.read.header import probe

BY_NAME = {format_.name: format_ for format_ in FORMATS}
SMOOTH = np.mgrid[:32, :32, :4].sum(axis=0).astype(np.uint8)
SMOOTH[:16, :, 3] = 0  # GIF has no half transparency
WITHOUT_WRITER = {"RAW", "SUN", "XPM", "JXL", "EXR", "HDR", "DPX", "PSD"}
NOT_WRITTEN = {
    "JPEG2000": {"profile", "dpi"},
    "BMP": {"alpha", "profile"},
    "DIB": {"alpha", "profile"},
}
WITH_WRITER = sorted(BY_NAME.keys() - WITHOUT_WRITER)

pillow_heif.register_heif_opener()


def drawn(n_channels=3, turned=0):
    """A new image each time: writers leave settings in it."""
    return Image.fromarray(np.rot90(SMOOTH[..., :n_channels], turned).copy())


@pytest.mark.parametrize("name", WITH_WRITER)
def test_what_is_told_to_be_kept_is_kept_and_nothing_else(name, tmp_path):
    kept = set()
    with suppress(OSError, ValueError):  # alpha cannot be written
        kept |= {"alpha"} if decode(encode(drawn(4), name)).alpha is not None else set()
    picture = decode(encode(drawn(), name, icc_profile=SWAPPED_PROFILE, dpi=(300, 300)))
    kept |= {"profile"} if picture.icc_profile else set()
    kept |= {"dpi"} if picture.dpi else set()
    path = tmp_path / "several"
    with suppress(KeyError):  # several cannot be written
        sizes = {"sizes": [(16, 16), (32, 32)]} if name == "ICO" else {"save_all": True}
        path.write_bytes(encode(drawn(), name, append_images=[drawn(turned=1)], **sizes))
        kept |= {"frames"} if len(probe(path).sizes) > 1 else set()
    assert kept == {*BY_NAME[name].keeps} - {"> 8 bits"} - NOT_WRITTEN.get(name, set())


@pytest.mark.parametrize("name", ["PNG", "PPM", "TIFF", "JPEG2000"])
def test_more_than_8_bits_are_read(name):
    deep = Image.fromarray(np.linspace(0, 65535, 1024).astype(np.uint16).reshape(32, 32))
    expected = np.rint(np.linspace(0, 65535, 1024) / 257).reshape(32, 32)
    found = decode(encode(deep, name)).pixels[..., 0]
    assert np.abs(found - expected).max() <= 1
    assert "> 8 bits" in BY_NAME[name].keeps


def test_an_ending_means_one_format():
    assert len(BY_SUFFIX) == sum(len(format_.suffixes) for format_ in FORMATS)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in BY_SUFFIX)
    assert {".jpg", ".jpeg", ".png", ".webp", ".tif", ".heic"} <= read_suffixes()


def test_endings_of_a_missing_package_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(formats, "is_installed", lambda reader: reader != PILLOW_HEIF)
    assert read_suffixes() == BY_SUFFIX.keys() - set(BY_NAME["HEIF"].suffixes)


def test_what_waits_for_a_package_is_told_apart_from_what_is_no_picture():
    others, told = part_left_out(["a.HEIC", "notes.txt", "sub/b.txt"])
    assert others == {".txt": 2}
    assert told == ["1 HEIC file (.heic) was left out; pip install pillow-heif reads it"]


def test_a_file_that_needed_a_package_is_tried_again_once_it_is_there(monkeypatch):
    reason = needs(PILLOW_HEIF, "HEIC")
    assert needs_no_more(reason)
    assert not needs_no_more("unreadable: image file is truncated")
    assert not needs_no_more("unreadable: needs something else, which nobody knows")
    monkeypatch.setattr(formats, "is_installed", lambda reader: False)
    assert not needs_no_more(reason)


def test_no_message_lists_all_endings():
    counts = {f".{number:02}": 1 for number in range(45)} | {".txt": 1000}
    assert tell_suffixes(counts).startswith("1,000 .txt, 1 .00, 1 .01")
    assert tell_suffixes(counts).endswith("1 .06, 38 of 38 more endings")
    with pytest.raises(ImageError, match=r"WebP, HEIC and others \(batchquant formats\)$"):
        decode(b"just text")


def test_the_command_lists_every_ending_and_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(formats, "is_installed", lambda reader: reader != PILLOW_HEIF)
    commands(["formats"], standalone_mode=False)
    told = capsys.readouterr().out
    assert {word for word in told.split() if word in BY_SUFFIX} == BY_SUFFIX.keys()
    assert max(map(len, told.splitlines())) <= 100
    (heic,) = (line for line in told.splitlines() if line.startswith("HEIC "))
    assert heic.endswith(" pillow-heif (missing)  alpha, profile, > 8 bits")
    assert "\nMissing: pip install pillow-heif reads HEIC.\n" in told

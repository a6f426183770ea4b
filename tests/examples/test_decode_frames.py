import numpy as np
import pytest
from picture_sources import tiff_pages
from PIL import Image
from sources import encode

from batchquant.errors import ImageError
from batchquant.images.read.decode import decode
from batchquant.images.read.header import probe
from batchquant.images.read.picture import Reading

GRAYS = (0, 100, 200)
PAGES = [Image.new("RGB", (8, 6), (gray, gray, gray)) for gray in GRAYS]


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("frame", [0, 1, 2])
def test_the_frame_that_is_asked_for(format_name, frame):
    options = {"quality": 100} if format_name == "AVIF" else {"lossless": True}
    source = encode(PAGES[0], format_name, save_all=True, append_images=PAGES[1:], **options)
    picture = decode(source, Reading(frame=frame))
    assert np.abs(picture.pixels.astype(int) - GRAYS[frame]).max() <= 1
    assert picture.pixels.shape == (6, 8, 3)
    assert picture.notes[-1] == "2 more frames left"


def test_one_frame_that_is_left_is_one():
    source = encode(PAGES[0], "TIFF", save_all=True, append_images=PAGES[1:2])
    assert decode(source).notes == ("1 more frame left",)
    assert decode(encode(PAGES[0], "TIFF")).notes == ()


def test_pages_may_differ_in_everything():
    other = Image.fromarray(np.array([[0, 65_535]], np.uint16))
    source = encode(PAGES[0], "TIFF", save_all=True, append_images=[other])
    picture = decode(source, Reading(frame=1))
    assert (picture.mode, picture.pixels[..., 0].tolist()) == ("I;16", [[0, 255]])


def test_icons_are_frames_the_largest_first():
    source = encode(Image.new("RGB", (64, 64), (9, 8, 7)), "ICO", sizes=[(16, 16), (64, 64)])
    large, small = (decode(source, Reading(frame=frame)) for frame in (0, 1))
    assert (large.pixels.shape, small.pixels.shape) == ((64, 64, 3), (16, 16, 3))
    assert small.pixels[0, 0].tolist() == [9, 8, 7]
    assert small.notes == large.notes == ("1 more frame left",)


def test_the_second_picture_of_a_camera_is_no_frame():
    source = encode(PAGES[1], "MPO", save_all=True, append_images=PAGES[2:])
    picture = decode(source)
    assert (picture.source_format, picture.notes) == ("JPEG", ())
    with pytest.raises(ImageError, match="unreadable: there is no frame 2, it has 1 frame"):
        decode(source, Reading(frame=1))


def test_a_frame_that_is_not_there_is_told():
    source = encode(PAGES[0], "GIF", save_all=True, append_images=PAGES[1:])
    with pytest.raises(ImageError, match="unreadable: there is no frame 4, it has 3 frames"):
        decode(source, Reading(frame=3))


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "TIFF"])
def test_a_broken_later_frame_does_not_harm_the_first(format_name):
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    source = encode(
        PAGES[0].resize((40, 40)),
        format_name,
        save_all=True,
        append_images=[Image.fromarray(noise)],
    )
    cut = source[: len(source) - 1_000]
    assert not decode(cut).pixels.any()
    with pytest.raises(ImageError, match="unreadable: "):
        decode(cut, Reading(frame=1))


@pytest.mark.parametrize("options", [{}, {"big": True}, {"mode": "I;16B"}])
@pytest.mark.parametrize(
    ("kinds", "widths"),
    [
        ([{254: 1}, {254: 0}], [2]),  # a thumbnail before the picture
        ([{}, {254: 1}, {254: 2}, {254: 5}, {254: 4}], [1, 3]),  # copies and masks
        ([{255: 1}, {255: 2}, {255: 3}], [1, 3]),  # as older files say it
        ([{254: 1}, {254: 1}], [1, 2]),  # nothing else is there
    ],
)
def test_reduced_copies_and_masks_of_tiff_are_no_pictures(tmp_path, kinds, widths, options):
    source = tiff_pages(*kinds, **options)
    (tmp_path / "a.tif").write_bytes(source)
    assert [width for width, _ in probe(tmp_path / "a.tif").sizes] == widths
    for frame, width in enumerate(widths):
        picture = decode(source, Reading(frame=frame))
        assert picture.pixels.shape == (2, width, 3)
        left = f"{len(widths) - 1} more frame left"
        assert (left in picture.notes) == (len(widths) > 1)
    with pytest.raises(ImageError, match=f"it has {len(widths)} frame"):
        decode(source, Reading(frame=len(widths)))


def test_a_chain_of_tiff_that_breaks_ends_there():
    source = tiff_pages({}, {254: 1}, {})
    for cut in range(8, len(source)):
        try:
            decode(source[:cut])
        except ImageError as error:
            assert str(error).startswith("unreadable: ")

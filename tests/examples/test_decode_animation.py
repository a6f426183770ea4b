"""Frames of GIF and animated PNG that Pillow lays otherwise than browsers do."""

import resource
import struct

import numpy as np
import pytest
from animation_sources import apng, gif
from PIL import Image
from sources import encode

from batchquant.errors import ImageError
from batchquant.images.read.decode import decode
from batchquant.images.read.header import probe
from batchquant.images.read.picture import Reading

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PALETTE = [RED, GREEN, BLUE]
CLEAR, RESTORE = 2, 3  # of GIF; of PNG one less
OVER = 1


def shown(source, frame=0):
    """The row of a picture one pixel high: a letter for each pixel, a dot where nothing is."""
    picture = decode(source, Reading(frame=frame))
    letters = {RED: "r", GREEN: "g", BLUE: "b", (0, 0, 0): "k"}
    colors = [letters[tuple(color)] for color in picture.pixels[0].tolist()]
    alpha = [255] * len(colors) if picture.alpha is None else picture.alpha[0].tolist()
    return "".join(color if a else "." for color, a in zip(colors, alpha, strict=True))


def test_outside_of_a_first_frame_of_gif_is_nothing():
    source = gif((3, 1), PALETTE, (1, 0, [[1]], {}), (0, 0, [[2]], {}))
    assert [shown(source, frame) for frame in (0, 1)] == [".g.", "bg."]
    picture = decode(source)
    assert (picture.mode, picture.notes) == ("P", ("1 more frame left",))


@pytest.mark.parametrize(
    ("disposal", "transparent", "then"),
    [
        (0, None, "rgb"),
        (1, None, "rgb"),
        (CLEAR, None, "r.b"),
        (RESTORE, None, "rrb"),
        (0, 3, "rgb"),
        (CLEAR, 3, "r.b"),
        (RESTORE, 3, "rrb"),
        (7, None, "rgb"),
    ],
)
def test_what_a_frame_of_gif_leaves(disposal, transparent, then):
    source = gif(
        (3, 1),
        PALETTE,
        (0, 0, [[0, 0, 0]], {}),
        (1, 0, [[1]], {"disposal": disposal, "transparent": transparent}),
        (2, 0, [[2]], {}),
    )
    assert [shown(source, frame) for frame in (0, 1, 2)] == ["rrr", "rgr", then]


def test_disposal_holds_for_its_own_frame_only():
    frames = [(n, 0, [[n]], {"disposal": CLEAR if n == 0 else 0}) for n in range(3)]
    source = gif((3, 1), PALETTE, (0, 0, [[0, 0, 0]], {}), *frames)
    assert [shown(source, frame) for frame in (1, 2, 3)] == ["rrr", ".gr", ".gb"]


def test_a_later_frame_of_gif_is_cut_off_at_the_screen():
    source = gif((2, 1), PALETTE, (0, 0, [[0, 0]], {}), (1, 0, [[1, 1, 1]], {}))
    assert shown(source, 1) == "rg"


def test_a_frame_of_gif_may_have_colors_of_its_own():
    local = {"palette": [BLUE, RED], "transparent": 1}
    source = gif((3, 1), PALETTE, (1, 0, [[0, 1]], {}), (0, 0, [[0, 1, 0]], local))
    assert [shown(source, frame) for frame in (0, 1)] == [".rg", "brb"]


def test_where_pillow_is_right_nothing_changes():
    pages = [Image.new("P", (4, 4), n) for n in range(3)]
    for page in pages:
        page.putpalette([n for color in PALETTE for n in color])
    source = encode(pages[0], "GIF", save_all=True, append_images=pages[1:], disposal=1)
    assert decode(source).mode == "P"
    assert decode(source, Reading(frame=2)).pixels[0, 0].tolist() == [*BLUE]


def pixels(*colors):
    return b"".join(bytes((*color, 255)[:4]) for color in colors)


NOTHING = (0, 0, 0, 0)


def test_a_picture_outside_of_an_animation_is_no_frame(tmp_path):
    frames = [(0, 0, 2, 1, pixels(RED, NOTHING), 0, OVER), (1, 0, 1, 1, pixels(BLUE), 0, OVER)]
    source = apng((2, 1), *frames, outside=pixels(GREEN, GREEN))
    assert [shown(source, frame) for frame in (0, 1)] == ["r.", "rb"]
    assert decode(source).notes == ("1 more frame left",)
    (tmp_path / "a.png").write_bytes(source)
    assert probe(tmp_path / "a.png").sizes == ((2, 1),) * 2
    with pytest.raises(ImageError, match="there is no frame 3, it has 2 frames"):
        decode(source, Reading(frame=2))


def test_the_only_frame_of_an_animation_beside_a_picture():
    source = apng((2, 1), (0, 0, 1, 1, pixels(RED), 0, OVER), outside=pixels(GREEN, GREEN))
    assert shown(source) == "r."
    assert decode(source).notes == ()


@pytest.mark.parametrize(
    ("disposal", "blend", "then"),
    [(0, OVER, "rgb"), (0, 0, "r.b"), (1, OVER, "r.b"), (2, OVER, "rrb"), (2, 0, "rrb")],
)
def test_what_a_frame_of_png_leaves(disposal, blend, then):
    middle = pixels(GREEN) if (disposal, blend) != (0, 0) else pixels(NOTHING)
    source = apng(
        (3, 1),
        (0, 0, 3, 1, pixels(RED, RED, RED), 0, 0),
        (1, 0, 1, 1, middle, disposal, blend),
        (2, 0, 1, 1, pixels(BLUE), 0, 0),
    )
    assert shown(source) == "rrr"
    assert shown(source, 2) == then


def test_soft_alpha_is_laid_over():
    soft = [(255, 0, 0, 102), (0, 0, 255, 102)]
    source = apng((1, 1), *[(0, 0, 1, 1, pixels(color), 0, OVER) for color in soft])
    picture = decode(source, Reading(frame=1))
    # 0.4 + 0.4 * 0.6 = 0.64; blue 0.4 / 0.64, red 0.24 / 0.64
    assert picture.alpha.tolist() == [[163]]
    assert np.abs(picture.pixels[0, 0].astype(int) - [96, 0, 159]).max() <= 1


def test_what_is_cleared_is_transparent_without_an_alpha_channel_too():
    frames = [(0, 0, 2, 1, b"\0\0", 0, 0), (0, 0, 1, 1, b"\1", 1, 0), (1, 0, 1, 1, b"\2", 0, 0)]
    palette = (b"PLTE", b"".join(map(bytes, PALETTE)))
    source = apng((2, 1), *frames, color_type=3, extra=[palette])
    assert [shown(source, frame) for frame in (0, 1, 2)] == ["rr", "gr", ".b"]
    assert decode(source, Reading(frame=2)).mode == "P"


def test_later_frames_of_16_bits_are_rounded():
    frames = [(0, 0, 1, 1, struct.pack(">4H", level, 0, 0, 65_535), 0, 0) for level in (0, 129)]
    picture = decode(apng((1, 1), *frames, bits=16), Reading(frame=1))
    assert picture.pixels.tolist() == [[[1, 0, 0]]]
    assert picture.notes[0] == "16 bits a channel reduced to 8"


def test_a_frame_whose_data_ends_early_is_refused():
    whole, short = (0, 0, 1, 2, pixels(RED) * 2, 0, 0), (0, 0, 1, 1, pixels(RED), 0, 0)
    source = apng((1, 2), whole, short)
    at = source.rindex(b"fcTL") + 12  # its height
    source = source[:at] + struct.pack(">I", 2) + source[at + 4 :]
    with pytest.raises(ImageError, match="the file ends too early: its data ends after 1"):
        decode(source, Reading(frame=1))
    assert decode(source, Reading(frame=1, truncated="accept")).is_damaged


def test_frames_out_of_order_are_refused():
    frames = [(0, 0, 1, 1, pixels(color), 0, 0) for color in (RED, GREEN)]
    source = apng((1, 1), *frames)
    at = source.rindex(b"fcTL") + 4
    broken = source[:at] + struct.pack(">I", 7) + source[at + 4 :]
    assert shown(broken) == "r"
    with pytest.raises(ImageError, match="unreadable: "):
        decode(broken, Reading(frame=1))


def test_a_frame_of_gif_that_claims_gigabytes_is_refused_before_they_are_asked_for(tmp_path):
    source = gif((1, 1), PALETTE, (0, 0, [[1]], {"disposal": CLEAR}))
    at = source.index(b",\0\0\0\0" + struct.pack("<HH", 1, 1)) + 5
    huge = source[:at] + struct.pack("<HH", 65_535, 65_535) + source[at + 4 :]
    (tmp_path / "a.gif").write_bytes(huge)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert probe(tmp_path / "a.gif") is None
    with pytest.raises(ImageError, match="too_large: more than"):
        decode(huge)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB

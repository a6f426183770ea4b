"""The animation that fades from an original into a variant."""

import io

import numpy as np
import pytest
from PIL import Image

from batchquant.images.draw.before_after import HOLD_MS, STEP_MS, STEPS, encode_before_after


def noise(width, height, n_colors):
    pixels = np.random.default_rng(n_colors).integers(0, n_colors, (height, width, 1)) * [1, 2, 3]
    return Image.fromarray(pixels.astype(np.uint8))


def frames_of(content):
    """Return all frames, and for how long each is shown."""
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "WEBP"
        assert image.n_frames == 1 or image.info["loop"] == 0  # for ever
        shown = []
        for number in range(image.n_frames):
            image.seek(number)
            shown.append((np.asarray(image.convert("RGB")), image.info.get("duration")))
    return [pixels for pixels, _ in shown], [duration for _, duration in shown]


@pytest.mark.parametrize("size", [(360, 240), (107, 130), (1, 1)])
def test_it_begins_with_the_one_and_ends_with_the_other_without_loss(size):
    before, after = noise(*size, 80), noise(*size, 3)
    frames, durations = frames_of(encode_before_after(before, after))
    assert (frames[0] == np.asarray(before)).all()
    assert (frames[-1] == np.asarray(after)).all()
    assert min(durations[0], durations[-1]) >= HOLD_MS
    assert sum(durations) == 2 * HOLD_MS + (STEPS - 1) * STEP_MS


def test_each_pixel_changes_once_and_as_many_in_each_step():
    before, after = noise(256, 128, 80), noise(256, 128, 3)
    first, last = np.asarray(before), np.asarray(after)
    frames, _ = frames_of(encode_before_after(before, after))
    assert len(frames) == STEPS + 1
    differs = (first != last).any(axis=2)
    gone = np.zeros(differs.shape, bool)
    for number, frame in enumerate(frames):
        is_last = (frame == last).all(axis=2)
        assert (is_last | (frame == first).all(axis=2)).all()  # no color of neither
        assert (is_last[gone]).all()
        share = (is_last & differs).sum() / differs.sum()
        assert share == pytest.approx(number / STEPS, abs=0.01)
        gone = is_last & differs


def test_equal_pictures_give_equal_bytes_and_others_do_not():
    before, after = noise(90, 60, 80), noise(90, 60, 3)
    content = encode_before_after(before, after)
    assert encode_before_after(before.copy(), after.copy()) == content
    assert encode_before_after(before, before) != content


def test_a_picture_that_needs_no_more_colors_is_a_still():
    (frame,), _ = frames_of(encode_before_after(noise(90, 60, 3), noise(90, 60, 3)))
    assert (frame == np.asarray(noise(90, 60, 3))).all()

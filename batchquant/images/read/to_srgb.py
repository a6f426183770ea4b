"""Pixels of a color space that is told by numbers → sRGB."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchquant.images.read import light
from batchquant.images.read.color_space import ColorSpace
from batchquant.images.read.linear import encode_srgb
from batchquant.images.read.primaries import SRGB_PRIMARIES, rgb_to_linear_srgb, rgb_to_xyz

Floats = NDArray[np.float32]

STEPS = 65_535  # light is looked up in so many: at most 0.1 of a level of sRGB from the exact value
RAMP = np.arange(STEPS + 1) / STEPS
BLOCK = 1 << 14  # pixels at a time, so that what is computed of them stays in the cache


class ToSrgb:
    """A conversion of pixels of a color space to sRGB.

    Each pixel is converted on its own, by sums in a fixed order: its bytes depend neither on its
    neighbors nor on the machine. PQ and HLG are brought to standard range by `light.roll_off`;
    light that sRGB cannot show is clipped channel by channel, as browsers do. White is adapted by
    Bradford, so that gray stays gray.
    """

    def __init__(self, space: ColorSpace) -> None:
        decoded = light.decode(space.transfer)
        self._scene = _Scene(space) if space.transfer == "hlg" else None
        # Without a matrix, 256 values are all there is, and each is rounded exactly.
        is_by_channel = space.primaries == SRGB_PRIMARIES and self._scene is None
        self._levels = encode_srgb(decoded).tolist() if is_by_channel else None
        self._decoded = (STEPS * decoded).astype(np.float32)
        self._rows = np.array(rgb_to_linear_srgb(space.primaries), np.float32)
        self._encoded = encode_srgb(RAMP)

    def apply(self, image: Image.Image) -> Image.Image:
        """Convert a picture of mode ``RGB``, or a band of it."""
        if self._levels is not None:
            return image.point(3 * self._levels)
        pixels = np.asarray(image)
        converted = np.empty_like(pixels)
        source, target = pixels.reshape(-1, 3), converted.reshape(-1, 3)
        for start in range(0, len(source), BLOCK):
            block = slice(start, start + BLOCK)
            channels = [self._decoded.take(source[block, channel]) for channel in range(3)]
            if self._scene is not None:
                channels = self._scene.show(channels)
            for channel, row in enumerate(self._rows):
                target[block, channel] = self._encoded.take(_step(_sum(row, channels)))
        return Image.fromarray(converted)


class _Scene:
    """Light of a scene, which HLG holds → of a display of standard range (BT.2100-2, table 5)."""

    def __init__(self, space: ColorSpace) -> None:
        self._luminance = np.array(rgb_to_xyz(space.primaries)[1], np.float32)
        self._gain = (RAMP ** (light.HLG_GAMMA - 1)).astype(np.float32)
        self._shown = (STEPS * light.roll_off(light.PEAK * RAMP)).astype(np.float32)

    def show(self, channels: list[Floats]) -> list[Floats]:
        gain = self._gain.take(_step(_sum(self._luminance, channels)))
        return [self._shown.take(_step(gain * channel)) for channel in channels]


def _sum(weights: Floats, channels: list[Floats]) -> Floats:
    red, green, blue = channels
    total: Floats = weights[0] * red
    total += weights[1] * green
    total += weights[2] * blue
    return total


def _step(linear: Floats) -> NDArray[np.uint16]:
    """Round light, 0 to `STEPS`, to its place in a table."""
    return (linear.clip(0, STEPS) + np.float32(0.5)).astype(np.uint16)

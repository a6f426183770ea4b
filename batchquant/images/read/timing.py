"""How long the frames of an animation are shown, and how often it is played."""

import io
from typing import NamedTuple

from batchquant.images.read.opening import count_frames, open_image, seek_frame


class Timing(NamedTuple):
    """When frames are shown.

    Attributes
    ----------
    durations_ms : tuple of float
        Of each frame, milliseconds.
    n_plays : int or None
        How often it is played, 0 for ever; None where the file does not say, which means once.
    """

    durations_ms: tuple[float, ...]
    n_plays: int | None


def read_timing(content: bytes) -> Timing | None:
    """Read the timing of a GIF, APNG, WebP or AVIF; None where there is none, as of pages."""
    with open_image(io.BytesIO(content)) as image:
        durations = []
        for frame in range(count_frames(image)):
            shown = seek_frame(image, frame)
            shown.load()  # of WebP and AVIF it is known then
            duration = shown.info.get("duration")
            if duration is None:
                return None
            durations.append(float(duration))
        loop = image.info.get("loop")
        if image.format == "GIF" and loop:
            loop += 1  # NETSCAPE2.0 counts the repetitions behind the first time
        return Timing(tuple(durations), loop)

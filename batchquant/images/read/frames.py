"""What is said of the frames of a file."""

from batchquant.errors import ImageError


def frames_left(n: int) -> tuple[str, ...]:
    """Note how many other frames there are."""
    return (f"{n} more frame{'s' if n > 1 else ''} left",) if n > 0 else ()


def no_such_frame(n_frames: int, frame: int) -> ImageError:
    """Return why a frame, counted from 0, cannot be read."""
    found = f"{n_frames} frame{'s' if n_frames > 1 else ''}"
    return ImageError(f"unreadable: found {found}, expected number {frame + 1}")

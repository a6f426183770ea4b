"""What C libraries print: caught, since only there it is known which picture they speak of."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
PLACEHOLDER = "tempfile.tif: "  # what Pillow calls every file when it talks to libtiff


class CaughtStderr:
    """What is printed to the standard error of this process in a block.

    Attributes
    ----------
    text : str
        The first line, without a name of the file; empty as long as there is none.
    """

    def __init__(self) -> None:
        self.text = ""

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch what is printed until the block ends in any way; nothing of it is shown."""
        try:
            before = os.dup(STDERR)
        except OSError:  # it is closed: nothing can be printed
            yield
            return
        reading, writing = os.pipe()
        os.set_blocking(writing, False)  # what does not fit into the pipe is lost, and nobody waits
        os.dup2(writing, STDERR)
        os.close(writing)
        try:
            yield
        finally:
            os.dup2(before, STDERR)
            os.close(before)
            with os.fdopen(reading, encoding="utf-8", errors="replace") as printed:
                self.text = printed.readline().strip().removeprefix(PLACEHOLDER)

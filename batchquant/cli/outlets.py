"""Standard output and standard error: what cannot be shown decides about no picture.

A pipe whose reader left, a full disk below a file, a terminal that closed: the work goes on, and
only where text is what was asked for it matters that it did not arrive.
"""

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from batchquant.cli.common import is_set
from batchquant.errors import Interrupted, OutletError

if TYPE_CHECKING:
    from batchquant.plan.shard import Shard

GOES_ON = "what was finished is kept. To go on, run the same command again."


class Outlet(io.FileIO):
    """A descriptor to print to, which falls silent at the first write that fails; `error` is why.

    The descriptor stays open. The null device takes its place: for libraries and child processes,
    too, and for what Python flushes when it exits.
    """

    def __init__(self, descriptor: int, title: str) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.title = title
        self.error: OSError | None = None

    def write(self, content: Any) -> int:
        """Write what there is room for; all is taken for written where nothing can be."""
        try:
            while (n_written := super().write(content)) is None:
                # Somebody who shares the terminal or pipe has made it one that does not wait.
                select.select([], [self.fileno()], [])
        except OSError as error:
            self.error = self.error or error
            with suppress(OSError):  # without a free descriptor each write fails anew, which is all
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self.fileno())
                os.close(null)
            return memoryview(content).nbytes
        return n_written


class Outlets:
    """Standard output and standard error of the command, in place of those Python has opened.

    `text_is_the_product` says whether the text is what the command is for, as it is unless the
    command is a `WorkCommand`.
    """

    def __init__(self) -> None:
        _open_missing()
        self.text_is_the_product = True
        self._output = Outlet(1, "standard output")
        self._errors = Outlet(2, "standard error")
        # A caller of `main` may have put others there, which are no business of ours.
        if sys.stdout is sys.__stdout__:
            sys.stdout = _stream(self._output, sys.stdout)
        if sys.stderr is sys.__stderr__:
            sys.stderr = _stream(self._errors, sys.stderr)

    def troubles(self) -> Iterator[str]:
        """Tell what could not be written to, and why."""
        for outlet in (self._output, self._errors):
            if outlet.error is not None:
                yield f"{outlet.title} cannot be written to: {outlet.error.strerror}"

    def note_in_log(self, output: Path, shard: "Shard | None" = None) -> None:
        """Write down in the log of a run what fell silent, be it when the run was over."""
        from batchquant.run.log import add_line

        for trouble in self.troubles():
            add_line(output, f"{trouble}; nothing more is shown", shard)

    def check(self) -> None:
        """Raise OutletError if text is the product and has not arrived; a reader may leave."""
        sys.stdout.flush()
        error = self._output.error
        if self.text_is_the_product and error is not None and error.errno != errno.EPIPE:
            raise OutletError(f"{next(self.troubles())}.")


class WorkCommand(click.Command):
    """A command that is there for its work: what it prints is by the way."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do the work, or with --dry-run tell of it."""
        ctx.obj.text_is_the_product = bool(ctx.params.get("dry_run"))
        if is_set(ctx, "quiet") and not ctx.obj.text_is_the_product:
            with silence():
                return super().invoke(ctx)
        return super().invoke(ctx)


class ResumableCommand(WorkCommand):
    """A command that goes on where it was interrupted, and says so then."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do the work."""
        try:
            return super().invoke(ctx)
        except Interrupted as interrupted:
            interrupted.advice = GOES_ON
            raise


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing come to standard output."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _open_missing() -> None:
    """Open the null device in place of standard streams that are closed, as by ``>&-``.

    Else the next file that is opened is taken for one of them, and Python has None there.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open


def _stream(outlet: Outlet, before: TextIO | None) -> io.TextIOWrapper:
    """Return what text is printed to, in the encoding that the stream before had."""
    # What Python does not buffer, as standard error, goes out by the line: enough for people.
    by_line = not isinstance(before, io.TextIOWrapper) or (
        before.line_buffering or before.write_through
    )
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=getattr(before, "encoding", "utf-8"),
        errors="backslashreplace",  # names of files may hold anything
        line_buffering=by_line,
    )

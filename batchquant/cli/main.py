"""The group of commands, and what their errors end with."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

import click

from batchquant import __version__
from batchquant.cli.common import add_common_options, common_options, is_set
from batchquant.cli.outlets import Outlets
from batchquant.cli.usage import explain
from batchquant.engine.signals import STOP_SIGNALS
from batchquant.errors import (
    BatchquantError,
    Interrupted,
    JobFileError,
    MachineError,
    NoImagesError,
    OutletError,
    UsageError,
)
from batchquant.files.names import escape

GROUPS = {
    "Start": ("init", "run", "open", "image", "demo"),
    "Look": ("plan", "check", "status", "failed", "serve"),
    "Care": ("picks", "report", "verify", "prune", "merge"),
    "Know": ("help", "formats", "schema", "completion"),
}
"""Commands as the help shows them: to begin with, around a run, after it, and about the tool."""
COMMANDS = tuple(name for names in GROUPS.values() for name in names)
"""Each lives in a module of its name, as `command`."""
IN_JOB_FILE = re.compile(r".+:\d+:\d+: ")  # how what is told of a line of it begins


class _ToldError(click.UsageError):
    """What click says of a command line, in the form that all our errors have."""

    def __init__(self, error: click.UsageError, within: click.Context | None) -> None:
        super().__init__(explain(error), error.ctx)
        self._path = "batchquant"
        if error.ctx is not None:
            self._path = error.ctx.command_path
        elif within is not None and within.invoked_subcommand:  # click's parser says of none
            self._path = f"{within.command_path} {within.invoked_subcommand}"

    def show(self, file: Any = None) -> None:
        """Print it in one line: click would put three before it, and another word."""
        told = self.format_message()
        stop = "" if told.endswith((".", "?")) else "."
        click.echo(f"batchquant: {escape(told)}{stop} All options: {self._path} --help", err=True)


@contextmanager
def _in_one_form(within: click.Context | None = None) -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        # No arguments at all: newer clicks show the help as an error of this type.
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            raise
        raise _ToldError(error, within) from error


class Commands(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in their groups."""
        width = formatter.width - 6 - max(map(len, COMMANDS))
        for heading, names in GROUPS.items():
            found = ((name, self.get_command(ctx, name)) for name in names)
            with formatter.section(heading):
                formatter.write_dl(
                    [(name, made.get_short_help_str(width)) for name, made in found if made],
                    col_spacing=2 + max(map(len, COMMANDS)) - max(map(len, names)),
                )

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read what stands before the command."""
        with _in_one_form():
            return super().make_context(*arguments, **options)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"batchquant.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return add_common_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; of what is none, say what may have been meant."""
        word = args[0]
        if word in COMMANDS or word.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from batchquant.cli.suggestions import suggest_commands

        told = suggest_commands(word) or "All commands: batchquant help"
        raise UsageError(f"No such command: {word}. {told}")

    def invoke(self, ctx: click.Context) -> Any:
        """Turn errors into a sentence and an exit code."""
        try:
            with _in_one_form(ctx):
                return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise  # click knows what to do
        except Exception as error:
            if is_set(ctx, "debug"):
                raise
            ctx.exit(tell_error(error))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def commands() -> None:
    """Show folders of pictures in a few colors, by exact K-Means.

    \b
    Start with:
      batchquant demo demo/photos           draw some sample pictures
      batchquant init demo/photos           write a job file for a folder
      batchquant run jobs.yaml              do what a job file says
      batchquant image photo.jpg -k 5       do one picture
      batchquant help k                     explain a key of job files
    """


commands.params += common_options()


def main() -> None:
    """Run the command line and exit."""
    _read_names_as_utf8()
    outlets = Outlets()
    for signum in STOP_SIGNALS:
        # Behind `&` in a script SIGINT is ignored from the start, and nobody meant it; SIGHUP is by
        # those who typed `nohup`.
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, _interrupt)
    try:
        try:
            commands(prog_name="batchquant", obj=outlets)
        except SystemExit:
            outlets.check()
            raise
    except OutletError as error:
        sys.exit(tell_error(error))
    except Interrupted as interrupted:
        told = f"; {interrupted.advice}" if interrupted.advice else ""
        click.echo(f"batchquant: interrupted{told}", err=True)
        sys.exit(interrupted.exit_code)


def _read_names_as_utf8() -> None:
    """Start again where names would follow the locale: Python settles that when it starts.

    Names are UTF-8 all the same. By cron, which has no locale, and by a terminal that has an old
    one, rows would be other rows, and all would be made again.
    """
    if sys.getfilesystemencoding() != "utf-8" and sys.executable and "utf8" not in sys._xoptions:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _interrupt(signum: int, frame: FrameType | None) -> None:
    if signum == signal.SIGHUP:  # the shell and the system both tell of a terminal that closes
        signal.signal(signum, signal.SIG_IGN)
    raise Interrupted(signum)


def tell_error(error: Exception) -> int:
    """Print an error and return the exit code."""
    if isinstance(error, JobFileError):
        for problem in error.problems:
            where = "batchquant: " if problem.startswith("-") else ""  # an option, no line
            click.echo(f"{where}{escape(problem)}", err=True)
    elif isinstance(error, BatchquantError):
        told = str(error)
        is_placed = isinstance(error, NoImagesError) and IN_JOB_FILE.match(told)
        click.echo(f"{'' if is_placed else 'batchquant: '}{escape(told)}", err=True)
    elif isinstance(error, OSError):  # the machine's fault, not ours
        place = "" if error.filename is None else f"{error.filename}: "
        return tell_error(MachineError.of(f"{place}cannot go on", error))
    elif isinstance(error, ImportError):
        return tell_error(MachineError(f"a library cannot be loaded: {error}."))
    elif isinstance(error, MemoryError):
        return tell_error(MachineError("cannot go on: not enough memory."))
    else:
        click.echo(
            f"batchquant: internal error: {type(error).__name__}: {escape(str(error))}\n"
            "This is a fault of batchquant: please report it with what `batchquant --debug` shows.",
            err=True,
        )
    return error.exit_code if isinstance(error, BatchquantError) else BatchquantError.exit_code

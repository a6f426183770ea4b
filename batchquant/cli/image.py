"""``batchquant image``."""

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from batchquant.cli.common import is_set
from batchquant.cli.outlets import silence
from batchquant.cli.phrases import bad
from batchquant.errors import UsageError
from batchquant.files.names import escape

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from batchquant.jobfile.tree import Node

STANDARD = Path("-")
"""Stands for standard input, and output."""
# What is checked are keys of job files: importing them here would make `--help` wait for pydantic.
OPTIONS = {
    "-k": ("k", "K", "Numbers of colors, as 5, 3,5,7 or 3..11:2; repeatable."),
    "--palette": (
        "palette",
        "FILE",
        "Colors of your own, as a palette file: all of them or, with -k, the best K.",
    ),
    "--init": ("init", "START", "Start methods; repeatable. Default: kmeans++."),
    "--format": ("formats", "KIND", "File formats; repeatable. Default: png."),
    "--n-init": ("n_init", "N", "Restarts; auto: so many as pay for K. Default: auto."),
    "--refine": ("refine", "HOW", "How to leave the local optimum. Default: none."),
    "--max-iter": ("max_iter", "N", "Iterations at most. Default: 1000."),
    "--favor-rare": ("favor_rare", "X", "0 to 1: how much more rare colors count. Default: 0."),
    "--dither": ("dither", "HOW", "How colors between those of the palette are shown."),
    "--dither-strength": ("dither_strength", "X", "0 to 1: how much of it. Default: 1."),
}
"""Options that are keys of a job file, and what their help says."""
REPEATABLE = frozenset({"k", "init", "formats"})
OF_FOLDERS = frozenset(
    {"inputs", "include", "frames", "shared_palette", "sheet", "before_after", "book", "target"}
)


class OfJobFile(click.types.StringParamType):
    """The text of a value that job files check; a shell completes its words."""

    name = "text"

    def __init__(self, key: str) -> None:
        self.key = key

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the words that begin so."""
        from batchquant.jobfile.explain import explain

        if self.key == "palette":
            return click.Path().shell_complete(ctx, param, incomplete)
        explained = explain(self.key)
        words = explained.choices if explained else ()
        return click.Choice(words).shell_complete(ctx, param, incomplete)


def ask(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Ask for what is missing, when a person sits at the terminal."""
    if value or ctx.resilient_parsing:  # a shell completes: nobody can answer
        return value
    if param.name == "k" and (ctx.params.get("palette") or _is_set(ctx, "palette", "k")):
        return value  # all of its colors
    if not sys.stdin.isatty():
        if param.name == "k":
            raise UsageError("How many colors? Such as -k 5, or -k 3,5,7.")
        raise click.MissingParameter(ctx=ctx, param=param)
    if param.name == "k":
        answer = click.prompt("How many colors, such as 5, or 3,5,7", value_proc=_check_k)
    else:
        answer = click.prompt("Photo")
    ctx.set_parameter_source(param.name or "", ParameterSource.PROMPT)
    return (answer,)


def expect_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Refuse what is meant as the name of a picture: there may be many, and each has its own."""
    if value is None or value == STANDARD or ctx.resilient_parsing or value.is_dir():
        return value
    from batchquant.images.read.formats import read_suffixes

    if value.exists() or value.suffix.lower() in {".pdf", *read_suffixes()}:
        raise UsageError(
            f"-o {value}: a file, where a folder goes: pictures are named for what they show. To"
            " name one yourself: -o - > FILE"
        )
    return value


def _is_set(ctx: click.Context, *keys: str) -> bool:
    return any(text.partition("=")[0] in keys for text in ctx.params.get("sets") or ())


def _check_k(text: str) -> str:
    from batchquant.jobfile import read_k

    try:
        read_k("K", [text])
    except UsageError as error:
        told = str(error).removeprefix(f"K {text}: ")  # the answer stands above it
        raise click.UsageError(told) from None  # and click asks again
    return text


def _options(function: Any) -> Any:
    """Add options that are keys of a job file."""
    for flag, (key, metavar, told) in reversed(OPTIONS.items()):
        function = click.option(
            flag,
            key,
            type=OfJobFile(key),
            multiple=key in REPEATABLE,
            callback=ask if key == "k" else None,
            is_eager=key == "palette",  # before `-k`, which is not asked for beside it
            metavar=metavar,
            help=told,
        )(function)
    return function


@click.command("image")
@click.argument("photos", nargs=-1, type=click.Path(), metavar="PHOTO...", callback=ask)
@_options
@click.option(
    "-s",
    "--set",
    "sets",
    multiple=True,
    is_eager=True,
    metavar="KEY=VALUE",
    help="Any other key of a job file that is about one picture, such as blur=3; repeatable.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=expect_folder,
    metavar="DIR",
    help="Folder, or - for standard output; default: the current one.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option("--force", is_flag=True, help="Replace existing files.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    photos: tuple[str, ...],
    output: Path | None,
    seed: int,
    force: bool,
    sets: tuple[str, ...],
    **keys: str | tuple[str, ...] | None,
) -> None:
    """Show pictures in a few colors.

    PHOTO is a file, a pattern such as 'trip/*.jpg', or - for standard input, whose picture goes to
    standard output. For whole folders, with a report and a page: batchquant init.

    \b
    Examples:
      batchquant image photo.jpg -k 3,5,7
      batchquant image trip/*.jpg -k 5 -o few
      batchquant image photo.jpg -k 5 --init random --init in_pixel --format pdf
      batchquant image photo.jpg -k 16 --dither blue-noise -s reduce=800
      batchquant image photo.jpg -k 12 --palette pencils.gpl
      batchquant image - -k 8 < photo.jpg > poster.png
    """
    import tempfile

    named, missing = _find(photos)
    given = _read(keys, sets)
    to_standard = output == STANDARD or (output is None and STANDARD in named)
    quiet = to_standard or is_set(ctx, "quiet")
    verbose = is_set(ctx, "verbose")
    made, wanted = 0, len(missing)
    for text in missing:
        click.echo(f"{bad(escape(text))}: no such file.", err=True)
    with tempfile.TemporaryDirectory() as spare:
        if STANDARD in named:
            received = Path(spare) / "stdin"
            received.write_bytes(sys.stdin.buffer.read())
            named = [received if path == STANDARD else path for path in named]
        folder = Path(spare) / "out" if to_standard else output or Path()
        if to_standard:
            folder.mkdir()
        for photo in named:
            n_made, n_wanted = _make(
                photo, folder, given, seed, force, quiet=quiet, verbose=verbose
            )
            made, wanted = made + n_made, wanted + n_wanted
        if to_standard and made:
            _hand_over(sorted(folder.iterdir()))
    ctx.exit(0 if made == wanted else 3 if made else 1)


def _make(
    photo: Path,
    folder: Path,
    given: "dict[str, Node]",
    seed: int,
    force: bool,
    *,
    quiet: bool,
    verbose: bool,
) -> tuple[int, int]:
    """Make what is wanted of one picture, and tell of it; return how many were made of how many."""
    from batchquant.cli.tell import COMPILING
    from batchquant.cli.tell_image import tell_image
    from batchquant.run.single import run_image

    compiling = partial(click.echo, COMPILING, err=True)
    variants, result = run_image(
        photo, keys=given, seed=seed, output=folder, overwrite=force, compiling=compiling
    )
    with silence() if quiet else nullcontext():  # what fails is told on standard error
        tell_image(photo, folder, variants, result, verbose=verbose)
    return result.n_made, len(variants)


def _hand_over(files: Sequence[Path]) -> None:
    """Write the one file that was made to standard output."""
    if len(files) > 1:
        told = f"{len(files)} files would go to standard output, which takes one."
        raise UsageError(f"{told} Name a folder: -o DIR")
    sys.stdout.flush()
    sys.stdout.buffer.write(files[0].read_bytes())
    sys.stdout.buffer.flush()


def _read(keys: dict[str, str | tuple[str, ...] | None], sets: Sequence[str]) -> "dict[str, Node]":
    """Read options, and what is set beside them, as keys of a job file."""
    from batchquant.jobfile import Job, Override

    given = {}
    for flag, (key, _, _) in OPTIONS.items():
        if value := keys[key]:
            text = value if isinstance(value, str) else ",".join(value)
            given[key] = Override(flag, key, text).node()
    for text in sets:
        override = Override.of("-s", text)
        if override.key in OF_FOLDERS:
            raise UsageError(
                f"{override.text}: is about folders of pictures, for which there are job files."
            )
        if override.key not in Job.model_fields:
            mend = "There is an option for it: --help" if override.key in ("seed", "output") else ""
            raise UsageError(f"{override.text}: is about whole runs. {mend}".rstrip())
        given[override.key] = override.node()
    return given


def _matching(pattern: str) -> list[Path]:
    """Return the files that a pattern means."""
    import glob

    paths = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207 - may be absolute
    return sorted(path for path in paths if path.is_file())


def _find(texts: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return the files that are meant, and what is none; a shell may have left patterns to us."""
    import shlex

    found: dict[Path, None] = {}
    missing = []
    for text in texts:
        path = Path(text)
        if path == STANDARD or (path.exists() and not path.is_dir()):
            found[path] = None
        elif path.is_dir():
            told = f"{text}: a folder. For all of its pictures: batchquant init {shlex.quote(text)}"
            raise UsageError(told)
        elif matches := _matching(text):
            found.update(dict.fromkeys(matches))
        else:
            missing.append(text)
    if not found:
        raise UsageError(f"{', '.join(missing)}: no such file.")
    stem, n = Counter(path.stem for path in found).most_common(1)[0]
    if n > 1:
        same = ", ".join(str(path) for path in found if path.stem == stem)
        told = f"{same}: their outputs would have the same names."
        raise UsageError(f"{told} Do one after the other, each with a folder of its own: -o")
    return list(found), missing

"""``batchquant image``."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from batchquant.cli.named import FOLDER

# Limits and defaults are those of job files, held to them by a test: importing them here would
# make `--help` wait for pydantic.
PHOTO = click.Path(exists=True, dir_okay=False, path_type=Path)


class Restarts(click.IntRange):
    """A number of restarts, or the word that leaves it open."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Let the word be."""
        return value if value == "auto" else super().convert(value, param, ctx)


def ask(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Ask for what is missing, when a person sits at the terminal."""
    if value not in (None, ()) or ctx.resilient_parsing:  # a shell completes: nobody can answer
        return value
    if param.name == "k" and ctx.params.get("palette"):  # all of its colors
        return value
    if not sys.stdin.isatty():
        raise click.MissingParameter(ctx=ctx, param=param)
    question = "K, number of colors" if param.name == "k" else "Photo"
    answer = click.prompt(question, type=param.type)
    ctx.set_parameter_source(param.name or "", ParameterSource.PROMPT)
    return (answer,) if param.multiple else answer


@click.command("image")
@click.argument("photo", type=PHOTO, metavar="PHOTO", required=False, callback=ask)
@click.option(
    "-k",
    type=click.IntRange(1, 4096),
    multiple=True,
    callback=ask,
    help="Number of colors; repeatable.",
)
@click.option(
    "--palette",
    type=click.Path(exists=True, dir_okay=False),
    is_eager=True,  # before `-k`, which is not asked for beside it
    metavar="FILE",
    help="Colors of your own, as a palette file: all of them or, with -k, the best K.",
)
@click.option(
    "--init",
    type=click.Choice(["random", "in_pixel", "forgy", "kmeans++", "k-means++", "maximin"]),
    multiple=True,
    default=("kmeans++",),
    show_default=True,
    help="Start method; repeatable.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(["png", "pdf", "webp", "gif", "tiff", "bmp"]),
    multiple=True,
    default=("png",),
    show_default=True,
    help="File format; repeatable.",
)
@click.option(
    "--output", type=FOLDER, default=Path(), metavar="DIR", help="Folder; default: the current one."
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option(
    "--n-init",
    type=Restarts(1, 1000),
    default="auto",
    show_default=True,
    help="Restarts; auto: so many as pay for K.",
)
@click.option(
    "--refine",
    type=click.Choice(["none", "swaps"]),
    default="none",
    show_default=True,
    help="How to leave the local optimum that K-Means ends in.",
)
@click.option(
    "--max-iter",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="Iterations at most.",
)
@click.option(
    "--favor-rare",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="How much more pixels of rare colors count, for small accents.",
)
@click.option(
    "--dither",
    type=click.Choice(["none", "floyd-steinberg", "atkinson", "bayer", "blue-noise"]),
    default="none",
    show_default=True,
    help="How colors between those of the palette are shown.",
)
@click.option(
    "--dither-strength",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="How much of it.",
)
@click.option("--force", is_flag=True, help="Replace existing files.")
@click.pass_context
def command(
    ctx: click.Context, /, photo: Path, output: Path, seed: int, force: bool, **keys: object
) -> None:
    """Show one picture in few colors.

    \b
    Examples:
      batchquant image photo.jpg -k 3 -k 5 -k 7
      batchquant image photo.jpg -k 5 --init random --init in_pixel --format pdf
      batchquant image photo.jpg -k 16 --dither blue-noise --dither-strength 0.7
      batchquant image photo.jpg -k 12 --palette pencils.gpl
    """
    from batchquant.cli.tell import COMPILING, tell_image
    from batchquant.run.single import run_image

    is_default = ParameterSource.DEFAULT
    given = {key: keys[key] for key in keys if ctx.get_parameter_source(key) is not is_default}
    variants, result = run_image(
        photo,
        keys=given,
        seed=seed,
        output=output,
        overwrite=force,
        compiling=partial(click.echo, COMPILING, err=True),
    )
    tell_image(photo, output, variants, result)
    ctx.exit(0 if result.n_made == len(variants) else 3 if result.n_made else 1)

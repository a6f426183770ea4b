"""What became of one picture, as text on standard output."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchquant.cli.phrases import bad, count, likeness
from batchquant.files.names import escape

if TYPE_CHECKING:
    from batchquant.plan.records import Variant
    from batchquant.steps.result import TaskResult


def tell_image(
    photo: Path,
    output: Path,
    variants: Sequence["Variant"],
    result: "TaskResult",
    *,
    verbose: bool = False,
) -> None:
    """Print what became of one picture: how many colors, how close to it, and on request more."""
    from batchquant.metrics.registry import tell_figures
    from batchquant.steps.result import VariantResult

    for variant, made in zip(variants, result.variants, strict=True):
        if not isinstance(made, VariantResult):
            told = bad(escape(f"{photo}, {variant.k} colors"))
            click.echo(f"{told}: {made or result.error}", err=True)
            continue
        kinds = [kind for kind in variant.outputs if made.files[kind].size_bytes >= 0]
        paths = ", ".join(escape(str(output / variant.outputs[kind])) for kind in kinds)
        click.echo(f"{paths}: {count(made.n_colors, 'color')}, {likeness(made.figures['psnr_db'])}")
        if verbose:
            rest = "" if made.converged else " (not at rest)"
            click.echo(
                f"  {count(made.n_iter, 'iteration')}{rest}, inertia {made.inertia:.0f},"
                f" {', '.join(tell_figures(made.figures))}"
            )
        for note in filter(None, (file.note for file in made.files.values())):
            click.echo(f"Note: {escape(note)}")

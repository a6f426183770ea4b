"""``python -m benchmarks``: run some or all benchmarks, print tables and write them."""

import json
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from batchquant.quantization import compile_kernels
from benchmarks import (
    cluster,
    dithering,
    exactness,
    growth,
    job,
    kernel,
    page,
    process,
    processor,
    quality,
    simulation,
    tools,
)
from benchmarks.photos import photographs
from benchmarks.plot import plot_kernel
from benchmarks.tables import machine

BENCHMARKS = {
    "start-up": process.start_up,
    "exactness": exactness.measure,
    "kernel": kernel.measure,
    "dithering": dithering.measure,
    "codecs": job.against_the_codecs,
    "workers": job.of_workers,
    "cluster": cluster.measure,
    "tools": tools.measure,
    "quality": quality.measure,
    "script": job.against_the_script,
    "memory": process.memory,
    "page": page.measure,
    "growth": growth.measure,
    "processor": processor.measure,
    "simulation": simulation.measure,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--photos", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", default=Path("build/bench"), type=click.Path(path_type=Path))
@click.option("--rows", default=page.ROWS, show_default=True, help="Of the page; 1000000, too.")
def main(names, photos, out, rows):
    """Measure NAMES, or everything, on the photographs of a folder.

    Without a folder, on scikit-learn's sample pictures, enlarged.
    """
    out.mkdir(parents=True, exist_ok=True)
    compile_kernels()
    tables = []
    measures = {**BENCHMARKS, "page": partial(page.measure, rows=rows)}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        found = photographs(photos, work) if set(names) != {"quality"} else []
        for name in ("machine", *(names or BENCHMARKS)):
            made = [machine()] if name == "machine" else measures[name](found, work)
            for table in made:
                tables.append((name, table))
                click.echo(table.to_markdown())
                _write(out, tables)
    click.echo(f"Written: {out}/results.md, results.json, kernel.png")


def _write(out, tables):
    """Write what is measured so far: an interrupted benchmark is not lost."""
    text = "\n".join(table.to_markdown() for _, table in tables)
    (out / "results.md").write_text(text, encoding="utf-8")
    content = [{"benchmark": name, **asdict(table)} for name, table in tables]
    (out / "results.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    of_kernel = [table for name, table in tables if name == "kernel"]
    if len(of_kernel) == 3:
        plot_kernel(*of_kernel[1:], out / "kernel.png")


if __name__ == "__main__":
    main()

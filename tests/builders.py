"""Records for tests, in few words."""

import os
import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath

from older_ledgers import write_as

from batchquant.extensions import GROUP
from batchquant.files.digests import digest_of
from batchquant.formats.palette_reading import parse_palette
from batchquant.images.read.version import FIRST
from batchquant.metrics.target import Target
from batchquant.plan.records import Plan, PlannedFile, Settings, Variant
from batchquant.plan.sweep import Row, Sweep
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.table import CsvLines, as_cell
from batchquant.steps.result import TaskResult, VariantResult, Written
from batchquant.store import Output
from batchquant.store.draft import Draft


def figures_of(mse, *, max_error=1.0, delta_e=1.0):
    """The figures of a variant with a mean squared error."""
    return {"mse": mse, "psnr_db": psnr_db(mse), "max_error": max_error, "delta_e": delta_e}


def csv_lines(columns, rows):
    r"""Rows as the lines of a CSV report, of which each is a mapping that may lack cells.

    >>> list(csv_lines(["image", "error", "mse"], [{"image": "=1.png", "error": "-a", "mse": 0.1}]))
    [b'image,error,mse\r\n', b"./=1.png,'-a,0.1\r\n"]
    """
    lines = CsvLines()
    yield lines.of([columns])
    for row in rows:
        yield lines.of([[as_cell(column, row.get(column)) for column in columns]])


def decibels(value):
    """A target of PSNR."""
    return Target("psnr_db", value)


MADE = VariantResult(
    seed=1,
    n_iter=2,
    converged=True,
    inertia=0.1 + 0.2,
    figures=figures_of(1e-300, max_error=1.5),
    n_colors=3,
    files={"png": Written(4, digest_of(b"1234"), is_exact=True)},
    cluster_s=0.5,
    encode_s=0.25,
)
"""What came of a variant."""
RESULT = TaskResult(
    index=0,
    size_bytes=10,
    mtime_ns=20,
    ctime_ns=30,
    source_sha256="ab",
    width=1,
    height=1,
    distinct_colors=1,
    source_format="JPEG",
    mode="RGB",
    notes="",
    decode_s=0.125,
    peak_memory_bytes=7,
    error="unreadable: x",
    variants=(MADE, None),
    pixel_aspect=98 / 204,
)
"""What came of a task with two variants: one is done, the other failed."""
SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)


def variant_of(k, init, recipe="", **paths):
    """A variant with the files whose paths are given by kind."""
    files = (PlannedFile(kind, path, f"{recipe} {kind}") for kind, path in paths.items())
    return Variant(k, init, recipe, tuple(files))


def only(variant, *kinds):
    """The same variant with files of some kinds only."""
    return replace(variant, files=tuple(file for file in variant.files if file.kind in kinds))


def beside(variant, **paths):
    """The same variant with further files, or with others of those kinds."""
    more = variant_of(variant.k, variant.init, variant.recipe, **paths).files
    return replace(variant, files=(*(f for f in variant.files if f.kind not in paths), *more))


def output_of(variant, kind, content=b"1234", **changes):
    """What the ledger says of a file of a variant, of which a PNG gives the pixels back."""
    (file,) = only(variant, kind).files
    written = Output(
        file.path, len(content), digest_of(content), is_exact=kind == "png", recipe=file.recipe
    )
    return written._replace(**changes)


def sweep_of(*kinds, k=(3, 5), init=("random",), book=False, target=None, **settings):
    """What is made of every image of a job: files of some kinds, else a PNG, of each variant."""
    return Sweep(
        settings=replace(SETTINGS, **settings),
        k=k,
        init=init,
        kinds=kinds or ("png",),
        sheet="none",
        book=book,
        target=target,
    )


def row_of(image="a.jpg", *, job="", folder="photos", **changes):
    """An image of one pixel, as a row of a plan."""
    row = Row(
        job=job,
        folder=folder,
        image=image,
        frame=0,
        takes_all=False,
        place=f"/photos/{image}",
        relative=image,
        size_bytes=10,
        mtime_ns=20,
        ctime_ns=30,
        width=1,
        height=1,
        directory=str(PurePosixPath(job, folder, image)),
        refusal=None,
        absent=None,
        since=FIRST,
        drawn_since=FIRST,
    )
    return row._replace(**changes)


def drafted(*entries, output=Path("/out")):
    """A plan of pairs of Sweep and Row, in a table and with its real recipes and paths."""
    draft = Draft()
    for sweep, row in entries:
        draft.add(draft.add_sweep(sweep), row)
    return Plan(output, draft.images, (), ())


def write_as_6(connection):
    """Let an open ledger be of version 6, of before there were recipes."""
    write_as(connection, 6)


def write_as_7(connection):
    """Let an open ledger be of version 7, of before there were metrics."""
    write_as(connection, 7)


def install_extension(site, module, *names):
    """Let a folder hold what an installer leaves of a package: a module, and what it extends with.

    Processes find it with `on_path`.
    """
    site.mkdir()
    shutil.copy(module, site)
    info = site / f"{module.stem}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module.stem}\nVersion: 1\n")
    entries = "".join(f"{name} = {module.stem}:{name}\n" for name in names)
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}")


def on_path(site, environment):
    """An environment in which Python processes find modules in a folder, too."""
    path = os.pathsep.join(filter(None, [str(site), environment.get("PYTHONPATH")]))
    return {**environment, "PYTHONPATH": path}


def palette_in(content, kind):
    """The colors of a palette file, without their names."""
    return tuple(color for color, _ in parse_palette(content, kind))

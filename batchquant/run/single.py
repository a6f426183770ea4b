"""One picture in a few colors, without job file, ledger or worker processes."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from batchquant.errors import UsageError
from batchquant.jobfile import read_options
from batchquant.plan.outputs import plan_variants
from batchquant.plan.records import Variant
from batchquant.plan.refusals import refuse_name
from batchquant.plan.sweep import Sweep
from batchquant.quantization import compile_kernels
from batchquant.steps.result import TaskResult
from batchquant.steps.task import Task
from batchquant.steps.variants import process


def run_image(
    photo: Path,
    *,
    keys: Mapping[str, object],
    seed: int,
    output: Path,
    overwrite: bool = False,
    compiling: Callable[[], None] = lambda: None,
) -> tuple[tuple[Variant, ...], TaskResult]:
    """Show one picture in a few colors.

    Parameters
    ----------
    photo : pathlib.Path
        The picture.
    keys : mapping of str to object
        What is not by default, as in a job file: `k`, or a `palette`, and whatever is about colors
        and formats. Keys about the reading of pictures are heeded, those about overviews are not.
    seed : int
        As in a job file.
    output : pathlib.Path
        Folder for the outputs, ``PHOTO_kKKK_INIT.png``.
    overwrite : bool
        Whether existing files may be replaced.
    compiling : callable
        Called if K-Means has to be compiled for this machine first, which takes seconds.

    Returns
    -------
    variants : tuple of Variant
        What was to be made.
    result : TaskResult
        What became of it, in the same order.

    Raises
    ------
    JobFileError
        If keys are not good, alone or beside each other.
    UsageError
        If outputs exist and may not be replaced, or cannot be named after the picture.
    StorageError
        If `output` cannot be written to.
    """
    sweep = Sweep.of(read_options(keys), seed)
    name = PurePosixPath(photo.stem)
    variants = plan_variants(sweep.settings, sweep.k, sweep.init, sweep.kinds, name)
    paths = [path for variant in variants for path in variant.outputs.values()]
    if refusal := refuse_name(photo.name, max(len(path.encode()) for path in paths)):
        raise UsageError(f"{photo}: {refusal}.")
    existing = [str(output / path) for path in paths if os.path.lexists(output / path)]
    if existing and not overwrite:
        are = "is" if len(existing) == 1 else "are"
        raise UsageError(f"{', '.join(existing)} {are} there already. To replace: --force")
    task = Task(
        index=0,
        position=0,
        title=str(photo),
        source=str(photo),
        frame=0,
        takes_all=False,
        pixels=0,
        output=output,
        settings=sweep.settings,
        stop_file=None,
        variants=variants,
        ours=frozenset(paths if overwrite else ()),
    )
    compile_kernels(compiling)
    return variants, process(task)

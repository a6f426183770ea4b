"""One picture in few colors, without job file, ledger or worker processes."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from batchquant.errors import UsageError
from batchquant.jobfile import INIT_ALIASES
from batchquant.plan.outputs import plan_variants
from batchquant.plan.records import Settings, Variant
from batchquant.plan.refusals import refuse_name
from batchquant.quantization import compile_kernels
from batchquant.steps.result import TaskResult
from batchquant.steps.task import Task
from batchquant.steps.variants import process


def run_image(
    photo: Path,
    *,
    k: Sequence[int],
    init: Sequence[str],
    formats: Sequence[str],
    output: Path,
    settings: Settings,
    overwrite: bool = False,
    compiling: Callable[[], None] = lambda: None,
) -> tuple[tuple[Variant, ...], TaskResult]:
    """Show one picture in few colors.

    Parameters
    ----------
    photo : pathlib.Path
        The picture.
    k, init, formats : sequence
        As in a job file, expanded.
    output : pathlib.Path
        Folder for the outputs, ``PHOTO_kKKK_INIT.png``.
    settings : Settings
        Seed and the limits of K-Means.
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
    UsageError
        If outputs exist and may not be replaced, or cannot be named after the picture.
    StorageError
        If `output` cannot be written to.
    """
    starts = dict.fromkeys(INIT_ALIASES.get(name, name) for name in init)
    variants = plan_variants(settings, sorted(set(k)), starts, formats, PurePosixPath(photo.stem))
    paths = [path for variant in variants for path in variant.outputs.values()]
    if refusal := refuse_name(photo.name, max(len(path.encode()) for path in paths)):
        raise UsageError(f"{photo}: {refusal}.")
    existing = [str(output / path) for path in paths if os.path.lexists(output / path)]
    if existing and not overwrite:
        raise UsageError(f"found {', '.join(existing)}, expected no such files. Use --force.")
    task = Task(
        index=0,
        position=0,
        title=str(photo),
        source=str(photo),
        frame=0,
        takes_all=False,
        pixels=0,
        output=output,
        settings=settings,
        stop_file=None,
        variants=variants,
        ours=frozenset(paths if overwrite else ()),
    )
    compile_kernels(compiling)
    return variants, process(task)

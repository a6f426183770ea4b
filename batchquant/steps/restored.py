"""Files that are there → files that are missing: nothing is clustered, and all figures stay."""

import time
from dataclasses import replace

from batchquant.errors import ImageError
from batchquant.files.digests import digest_of
from batchquant.files.opening import read_regular
from batchquant.formats.registry import formats
from batchquant.plan.records import Variant
from batchquant.steps.endings import stop_if_wanted
from batchquant.steps.files import refuse_places, seconds_since, write_files
from batchquant.steps.result import TaskResult, VariantResult
from batchquant.steps.task import Known, Task


def add_files(task: Task, earlier: TaskResult) -> TaskResult | None:
    """Make files of the pixels that exact ones give back: the same bytes as if made at once.

    Returns
    -------
    TaskResult or None
        The earlier one with the new files; None where a file is not what was written then.

    Raises
    ------
    StorageError
        If the output folder cannot be written to.
    """
    made = []
    for variant, known in zip(task.variants, task.known, strict=True):
        stop_if_wanted(task.stop_file)
        added = _add(task, variant, known)
        if added is None:
            return None
        made.append(added)
    return replace(earlier, index=task.index, variants=tuple(made))


def _add(task: Task, variant: Variant, known: Known) -> VariantResult | None:
    begin = time.perf_counter()
    try:
        content = read_regular(task.output / known.path)
        if (len(content), digest_of(content)) != (known.size_bytes, known.digest):
            return None
        painted = formats()[known.kind].read(content)
        del content
        wanted = {path for kind, path in variant.outputs.items() if kind in known.kinds}
        refuse_places(wanted, task.output, task.ours)
        files, was_there = write_files(
            variant, known.kinds, painted, task.settings, task.output, task.ours
        )
    except (OSError, ValueError, ImageError):
        return None
    figures = known.figures
    encode_s = round(figures.encode_s + seconds_since(begin), 6)
    return figures._replace(files=figures.files | files, encode_s=encode_s, was_there=was_there)

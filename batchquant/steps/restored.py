"""Files that are there → what is missing: files, figures of a metric that is new. No clustering."""

import time
from dataclasses import replace

from batchquant.errors import StorageError
from batchquant.files.digests import digest_of
from batchquant.files.outputs import read_output
from batchquant.formats.registry import compare, formats
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Picture
from batchquant.plan.records import Variant
from batchquant.sources.reading import read_source
from batchquant.sources.source import suffix_of
from batchquant.steps.figures import Original
from batchquant.steps.files import refuse_places, seconds_since, write_files
from batchquant.steps.result import TaskResult, VariantResult
from batchquant.steps.stderr import CaughtStderr
from batchquant.steps.stopping import stop_if_wanted
from batchquant.steps.task import Known, Task


def add_what_lacks(task: Task, earlier: TaskResult) -> TaskResult | None:
    """Make files of the pixels that exact ones give back, and figures of these and the source.

    Both are the same as if made at once.

    Returns
    -------
    TaskResult or None
        The earlier one with what is new; None where a file is not what was written then, or the
        source not what was read.

    Raises
    ------
    StorageError
        If the output folder cannot be written to.
    """
    picture = original = None
    lacks_figure = any(known.lacks_figure for known in task.known)
    if lacks_figure or any(compare(known.kinds) for known in task.known):
        picture = _read_source(task, earlier)
        if picture is None:
            return None
        original = Original(picture) if lacks_figure else None
    made = []
    for variant, known in zip(task.variants, task.known, strict=True):
        stop_if_wanted(task.stop_file)
        added = _add(task, variant, known, original, picture)
        if added is None:
            return None
        made.append(added)
    return replace(earlier, index=task.index, variants=tuple(made))


def _read_source(task: Task, earlier: TaskResult) -> Picture | None:
    """Read the source once more; whatever is wrong with it, making the variant anew will tell."""
    try:
        with CaughtStderr().caught():
            source = read_source(task.source)
            if source.sha256 != earlier.source_sha256:
                return None
            reading = task.settings.reading(task.frame, takes_all=task.takes_all)
            return decode(source.content, reading, suffix_of(task.source))
    except Exception:
        return None


def _add(
    task: Task,
    variant: Variant,
    known: Known,
    original: Original | None,
    picture: Picture | None,
) -> VariantResult | None:
    begin = time.perf_counter()
    made, figures = known.made, known.made.figures
    try:
        content = read_output(task.output, known.path)
        if (len(content), digest_of(content)) != (known.size_bytes, known.digest):
            return None
        painted = formats()[known.kind].read(content)
        del content
        if picture is not None:
            painted = replace(painted, original=picture.pixels)
        if original is not None and known.lacks_figure:
            figures = original.figures_of(painted.palette, painted.indices)
        wanted = {path for kind, path in variant.outputs.items() if kind in known.kinds}
        refuse_places(wanted, task.output, task.ours)
        files, was_there = write_files(
            variant, known.kinds, painted, task.settings, task.output, task.ours
        )
    except StorageError:
        raise
    except Exception:  # an extension's metric, too: making the variant anew will tell
        return None
    return made._replace(
        figures=figures,
        files=made.files | files,
        encode_s=round(made.encode_s + seconds_since(begin), 6),
        was_there=was_there,
    )

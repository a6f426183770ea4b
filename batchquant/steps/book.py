"""The contact sheets of a job → its book."""

import time
from contextlib import suppress
from pathlib import Path

from batchquant.errors import StorageError
from batchquant.files import part_of, publish_output
from batchquant.files.digests import digest_of_file
from batchquant.images.draw.book import bind
from batchquant.steps.drawings import BookTask
from batchquant.steps.files import seconds_since
from batchquant.steps.result import OverviewResult, Written
from batchquant.steps.stopping import reason_of


def bind_book(task: BookTask) -> OverviewResult:
    """Bind and write a book.

    Parameters
    ----------
    task : BookTask
        What to bind.

    Returns
    -------
    OverviewResult
        What was written.

    Raises
    ------
    StorageError
        If the output folder cannot be written to.
    """
    begin = time.perf_counter()
    ((kind, path),) = task.files
    scratch = str(part_of(Path(path)))
    try:
        publish_output(
            task.output,
            path,
            lambda stream: bind(task.output, task.pages, scratch, stream),
            may_replace=path in task.ours,
        )
        size_bytes, digest = (task.output / path).stat().st_size, digest_of_file(task.output / path)
    except StorageError:
        raise
    except Exception as error:
        return OverviewResult(task.key, {}, reason_of(error))
    finally:
        with suppress(OSError):  # who sweeps parts comes again
            (task.output / scratch).unlink(missing_ok=True)
    elapsed_s = seconds_since(begin)
    return OverviewResult(task.key, {kind: Written(size_bytes, digest)}, elapsed_s=elapsed_s)

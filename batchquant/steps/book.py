"""The contact sheets of a job → its book."""

import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from batchquant.errors import StorageError
from batchquant.files import part_of, publish_output
from batchquant.files.output_bucket import bucket_of_output
from batchquant.files.outputs import digest_of_output, read_output, size_of_output
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
            partial(_bind, task, scratch),
            may_replace=path in task.ours,
        )
        size_bytes = size_of_output(task.output, path) or 0
        digest = digest_of_output(task.output, path)
    except StorageError:
        raise
    except Exception as error:
        return OverviewResult(task.key, {}, reason_of(error))
    finally:
        with suppress(OSError):  # who sweeps parts comes again
            (task.output / scratch).unlink(missing_ok=True)
    elapsed_s = seconds_since(begin)
    return OverviewResult(task.key, {kind: Written(size_bytes, digest)}, elapsed_s=elapsed_s)


def _bind(task: BookTask, scratch: str, stream: BinaryIO) -> None:
    """Bind pages where they lie; of a bucket they are fetched before, qpdf reads files alone."""
    if bucket_of_output(task.output) is None:
        bind(task.output, task.pages, task.front, scratch, stream)
        return
    with TemporaryDirectory() as fetched:
        pages = []
        for number, (title, path) in enumerate(task.pages):
            (Path(fetched) / f"{number}.pdf").write_bytes(read_output(task.output, path))
            pages.append((title, f"{number}.pdf"))
        bind(Path(fetched), pages, task.front, "merged", stream)

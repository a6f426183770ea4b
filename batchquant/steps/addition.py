"""PNGs that are there → PDFs that are missing: nothing is clustered, and all figures stay."""

import time
from dataclasses import replace

from batchquant.errors import ImageError
from batchquant.files.digests import digest_of
from batchquant.files.opening import read_regular
from batchquant.formats.pdf import encode_pdf_with_profile
from batchquant.plan.records import Variant
from batchquant.steps.files import publish_files
from batchquant.steps.result import TaskResult, VariantResult
from batchquant.steps.task import Task


def add_pdfs(task: Task, earlier: TaskResult) -> TaskResult | None:
    """Make PDFs of the data of PNGs: the same bytes as if both were made at once.

    Parameters
    ----------
    task : Task
        All its variants have PNGs.
    earlier : TaskResult
        What came of the variants when those were made.

    Returns
    -------
    TaskResult or None
        The earlier one with the new files; None where a PNG is not what was written then, or has
        transparency, which a PDF shows by other pixels.

    Raises
    ------
    StorageError
        If the output folder cannot be written to.
    """
    made = []
    for variant, figures in zip(task.variants, earlier.variants, strict=True):
        assert isinstance(figures, VariantResult)
        added = _add_pdf(task, variant, figures)
        if added is None:
            return None
        made.append(added)
    return replace(earlier, index=task.index, variants=tuple(made))


def _add_pdf(task: Task, variant: Variant, figures: VariantResult) -> VariantResult | None:
    begin = time.perf_counter()
    try:
        png = read_regular(task.output / variant.outputs["png"])
        if (len(png), digest_of(png)) != figures.files["png"]:
            return None
        pdf = encode_pdf_with_profile(png, task.settings.dpi)
        added, _ = publish_files({"pdf": pdf}, variant.outputs, task.output, task.ours)
    except (OSError, ValueError, ImageError):
        return None
    encode_s = round(figures.encode_s + time.perf_counter() - begin, 6)
    return figures._replace(files=figures.files | added, encode_s=encode_s)

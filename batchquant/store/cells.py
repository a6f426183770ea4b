"""Plan and records as cells of tables, an image at a time, without making records of them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from batchquant.metrics.target import Target
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.store.known import MAX_READ, Filed, Records
from batchquant.store.planned import PlannedImages
from batchquant.store.records import COLUMNS, Key, VariantRecord, record_of

Wanted = tuple[tuple[int, str, Sequence[str]], ...]
"""Of each variant K, start and kinds of files, in plan order."""


class Head(NamedTuple):
    """An image as it is planned, as far as tables tell of it."""

    key: ImageKey
    n_init: int
    color_space: str
    target: Target | None
    refusal: str | None
    absent: str | None
    wanted: Wanted

    @classmethod
    def of(cls, image: PlannedImage) -> "Head":
        """Return what there is to tell of an image."""
        return cls(
            image.key,
            image.settings.n_init,
            image.settings.color_space,
            image.overview.target,
            image.refusal,
            image.absent,
            tuple((each.k, each.init, list(each.outputs)) for each in image.variants),
        )


class Cells(NamedTuple):
    """An image, and what is known of its variants, in plan order.

    Attributes
    ----------
    head : Head
        The image.
    rows : list of sequence or None
        Of each variant the cells that were asked for; None where it is not settled.
    files : list of mapping
        Likewise path, size and note of its files by kind; of one that its format cannot hold the
        size is below 0.
    """

    head: Head
    rows: Sequence[Sequence[Any] | None]
    files: Sequence[Mapping[str, Filed]]


def read_cells(
    plan: Plan,
    settled: Mapping[Key, VariantRecord],
    columns: Sequence[str],
    *,
    with_files: bool = True,
) -> Iterator[Cells]:
    """Yield images with what is known of their variants, in plan order.

    Parameters
    ----------
    plan, settled
        As in `batchquant.store.reading.Known`.
    columns : sequence of str
        Which cells: attributes of `VariantRecord`, and figures; what is neither is None.
    with_files : bool
        Whether files are asked for.
    """
    if not (isinstance(plan.images, PlannedImages) and isinstance(settled, Records)):
        for image in plan.images:
            yield _cells_of(image, settled, columns)
        return
    heads = _heads(plan.images)
    while some := list(islice(heads, MAX_READ)):
        keys = [head.key for head in some]
        files = settled.files_of(keys) if with_files else [{} for _ in keys]
        for head, of_image, filed in zip(some, settled.cells_of(keys, columns), files, strict=True):
            names = [(k, init) for k, init, _ in head.wanted]
            # One that was refused has no record, as in `record_of`.
            rows = [None if head.refusal else of_image.get(name) for name in names]
            yield Cells(head, rows, [filed.get(name, {}) for name in names])


def _heads(images: PlannedImages) -> Iterator[Head]:
    """Yield what there is to tell of images."""
    shared: dict[int, tuple[int, str, Target | None, Wanted]] = {}
    for number, key, refusal, absent in images.in_short():
        if number not in shared:
            sweep = images.sweep(number)
            wanted: Wanted = tuple((k, init, sweep.kinds) for k in sweep.k for init in sweep.init)
            settings = sweep.settings
            shared[number] = settings.n_init, settings.color_space, sweep.target, wanted
        n_init, color_space, target, wanted = shared[number]
        yield Head(key, n_init, color_space, target, refusal, absent, wanted)


def _cells_of(
    image: PlannedImage, settled: Mapping[Key, VariantRecord], columns: Sequence[str]
) -> Cells:
    """Return the same of what is not in tables."""
    records = [record_of(image, variant, settled) for variant in image.variants]
    return Cells(
        Head.of(image),
        [
            None if record is None else [_cell_of(record, name) for name in columns]
            for record in records
        ],
        [
            {
                kind: (file.path, file.size_bytes, file.note)
                for kind, file in (record.outputs | record.left_out).items()
            }
            if record
            else {}
            for record in records
        ],
    )


def _cell_of(record: VariantRecord, name: str) -> Any:
    return getattr(record, name) if name in COLUMNS else record.figures.get(name)

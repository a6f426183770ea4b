"""Plan and records as cells of tables, an image at a time, without making records of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from batchquant.metrics.target import Target
from batchquant.plan.groups import Group
from batchquant.plan.keys import painted_recipe
from batchquant.plan.overviews import plan_overview
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.plan.sweep import Sweep
from batchquant.quantization.restarts import NInit
from batchquant.store.known import MAX_READ, Filed, Records
from batchquant.store.planned import PlannedImages
from batchquant.store.records import COLUMNS, Key, VariantRecord, record_of

Wanted = tuple[tuple[int, str, Sequence[str]], ...]
"""Of each variant K, start and kinds of files, in plan order."""


class Head(NamedTuple):
    """An image as it is planned, as far as tables and page tell of it."""

    key: ImageKey
    size: tuple[int, int] | None
    refusal: str | None
    absent: str | None
    n_init: NInit
    color_space: str
    target: Target | None
    wanted: Wanted
    recipes: Sequence[str]  # of each variant
    drawn: Collection[str]  # kinds of files that show it as a whole
    group: Group | None = None

    @classmethod
    def of(cls, image: PlannedImage) -> "Head":
        """Return what there is to tell of an image."""
        return cls(
            image.key,
            image.size,
            image.refusal,
            image.absent,
            image.settings.n_init,
            image.settings.color_space,
            image.overview.target,
            tuple((each.k, each.init, list(each.outputs)) for each in image.variants),
            [each.recipe for each in image.variants],
            image.overview.outputs.keys(),
            image.group,
        )


class Cells(NamedTuple):
    """An image, and what is known of its variants, in plan order.

    Attributes
    ----------
    head : Head
        The image.
    rows : list of sequence or None
        Of each variant the cells that were asked for; None where it is not settled. SQLite knows no
        booleans: `converged` may be 0 or 1.
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
    positions: slice = slice(None),
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
    positions : slice
        Of images that are asked for, one behind the other; default: all.
    """
    if not (isinstance(plan.images, PlannedImages) and isinstance(settled, Records)):
        for image in plan.images[positions]:
            yield _cells_of(image, settled, columns)
        return
    heads = _heads(plan.images, positions)
    while some := list(islice(heads, MAX_READ)):
        keys = [head.key for head in some]
        files = settled.files_of(keys) if with_files else [{} for _ in keys]
        for head, of_image, filed in zip(some, settled.cells_of(keys, columns), files, strict=True):
            names = [(k, init) for k, init, _ in head.wanted]
            # One that was refused has no record, as in `record_of`.
            rows = [None if head.refusal else of_image.get(name) for name in names]
            yield Cells(head, rows, [filed.get(name, {}) for name in names])


def _heads(images: PlannedImages, positions: slice) -> Iterator[Head]:
    """Yield what there is to tell of images."""
    last, shared = (-1, -1), _Shared(0, "", None, (), (), (), None)
    for number, key, size, refusal, absent in images.in_short(positions):
        if last != (number, key[3]):  # mostly those of the image before
            last, shared = (number, key[3]), _share(images.sweep(number), key)
        yield Head(key, size, refusal, absent, *shared)


class _Shared(NamedTuple):
    """The rest of a `Head`, which others of the job have, too."""

    n_init: NInit
    color_space: str
    target: Target | None
    wanted: Wanted
    recipes: Sequence[str]
    drawn: Collection[str]
    group: Group | None


def _share(sweep: Sweep, key: ImageKey) -> _Shared:
    settings = sweep.settings
    pairs = [(k, init) for k in sweep.k for init in sweep.init]
    drawn = plan_overview(
        key,
        PurePosixPath(),
        sheet=sweep.sheet,
        book=sweep.book,
        target=sweep.target,
        before_after=sweep.before_after,
    )
    return _Shared(
        settings.n_init,
        settings.color_space,
        sweep.target,
        tuple((*pair, sweep.kinds) for pair in pairs),
        [painted_recipe(settings, key[3], *pair) for pair in pairs],
        drawn.outputs.keys(),
        sweep.group,
    )


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

"""What a run tells of itself while it goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from batchquant.engine.protocol import Began, PutBack, Remark
from batchquant.plan.records import PlannedImage
from batchquant.plan.shard import Shard
from batchquant.steps.drawings import AnyTask, Drawing
from batchquant.steps.task import Task
from batchquant.store import OverviewRecord, VariantRecord


@dataclass(frozen=True, slots=True)
class Looking:
    """So many images were compared with what is known; some have to be read for it."""

    n_looked: int
    n_images: int


@dataclass(frozen=True, slots=True)
class Sharing:
    """So many of the steps to palettes that pictures share are done: to count, and to find."""

    n_done: int
    n_steps: int


@dataclass(frozen=True, slots=True)
class Compiling:
    """K-Means has to be compiled for this machine first, which takes seconds."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a person should know before anything is made."""

    text: str


@dataclass(frozen=True, slots=True)
class Started:
    """So many variants are to be made, as much work; so many more were done before."""

    n_variants: int
    work: float
    n_done: int


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a shard has made is in the ledger of all."""

    shard: Shard


@dataclass(frozen=True, slots=True)
class Taken:
    """A task has settled a variant, and goes on; `Advanced` tells of it again."""

    task: Task
    record: VariantRecord


@dataclass(frozen=True, slots=True)
class Advanced:
    """A task is over, and settled these; none where it was told to stop."""

    image: PlannedImage
    task: Task
    records: Sequence[VariantRecord]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Something was made beside variants, or failed: an overview, a book, what a group shares."""

    task: Drawing
    record: OverviewRecord


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """So many files were removed, of pictures that are refused now."""

    n_files: int


Event = (
    Looking
    | Sharing
    | Compiling
    | Noted
    | Started
    | Began[AnyTask]
    | PutBack[AnyTask]
    | Remark
    | TakenIn
    | Taken
    | Advanced
    | Drawn
    | Withdrawn
)
Listener = Callable[[Event], None]


def tell_all(*listeners: Listener) -> Listener:
    """Return a listener that lets others hear, in this order."""

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell

"""Who wants to know how a run gets on."""

from collections.abc import Sequence

from batchquant.ledger import VariantRecord
from batchquant.plan.records import PlannedImage


class Observer:
    """Is told how a run gets on; override what you want to hear."""

    def compiling(self) -> None:
        """Hear that K-Means has to be compiled for this machine first, which takes seconds."""

    def started(self, n_pending: int, n_settled: int) -> None:
        """Hear how many variants are to be made, and how many need nothing."""

    def advanced(self, image: PlannedImage, records: Sequence[VariantRecord]) -> None:
        """Hear that variants of an image are settled."""

"""Progress of a run: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click
from tqdm import tqdm

if TYPE_CHECKING:
    from batchquant.ledger import VariantRecord
    from batchquant.plan.records import PlannedImage

PLAIN_EVERY_S = 30.0


class Progress:
    """Shows how a run gets on, on standard error; a context manager and an `Observer`.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    verbose : bool
        Show a line for each picture.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._bar: tqdm[Any] | None = None
        self._total = 0
        self._advanced = 0
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def started(self, n_pending: int, n_settled: int) -> None:
        """Show what is ahead."""
        self._total = n_pending
        self._began = self._told = time.monotonic()
        if self._quiet or not n_pending:
            return
        if sys.stderr.isatty():
            self._bar = tqdm(total=n_pending, unit="variant", dynamic_ncols=True, leave=False)
        else:
            click.echo(f"{n_pending} variants to make, {n_settled} made before", err=True)

    def advanced(self, image: "PlannedImage", records: Sequence["VariantRecord"]) -> None:
        """Show what is done."""
        self._advanced += len(records)
        if self._quiet:
            return
        if self._verbose:
            error = next((record.error for record in records if record.error), None)
            told = error or f"{len(records)} variants"
            tqdm.write(f"{image.folder}/{image.image}: {told}", file=sys.stderr)
        if self._bar is not None:
            self._bar.update(len(records))
        elif time.monotonic() - self._told >= PLAIN_EVERY_S:
            self._told = time.monotonic()
            rate = self._advanced / (self._told - self._began)
            left_min = (self._total - self._advanced) / rate / 60
            click.echo(
                f"{self._advanced} of {self._total} variants, {rate:.1f} a second,"
                f" about {left_min:.0f} min left",
                err=True,
            )

"""Progress of a run: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Sequence
from threading import Event, Thread
from typing import Any, Self

import click
from tqdm import tqdm

from batchquant.cli.tell import COMPILING
from batchquant.ledger import VariantRecord
from batchquant.observer import Observer
from batchquant.plan.records import PlannedImage

BAR_EVERY_S, PLAIN_EVERY_S = 1.0, 30.0


class Progress(Observer):
    """Shows how a run gets on, on standard error; a context manager.

    A thread keeps the clock of the bar going: results of large images may be minutes apart.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    verbose : bool
        Show a line for each variant.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._bar: tqdm[Any] | None = None
        self._total = self._advanced = 0
        self._began = time.monotonic()
        self._over = Event()
        self._clock = Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._clock.is_alive():
            self._clock.join()
        if self._bar is not None:
            self._bar.close()

    def compiling(self) -> None:
        """Tell why nothing happens for a few seconds."""
        if not self._quiet:
            click.echo(COMPILING, err=True)

    def started(self, n_pending: int, n_settled: int) -> None:
        """Show what is ahead."""
        self._total = n_pending
        self._began = time.monotonic()
        if self._quiet or not n_pending:
            return
        if sys.stderr.isatty():
            self._bar = tqdm(total=n_pending, unit="variant", dynamic_ncols=True, leave=False)
        else:
            click.echo(f"variants to make: {n_pending}, settled before: {n_settled}", err=True)
        self._clock.start()

    def advanced(self, image: PlannedImage, records: Sequence[VariantRecord]) -> None:
        """Show what is done."""
        self._advanced += len(records)
        if self._verbose and not self._quiet:
            for record in records:
                variant = f"{image.label} k={record.k} {record.init}"
                told = record.error or f"{record.n_colors} colors, {record.n_iter} iterations"
                tqdm.write(f"{variant}: {told}", file=sys.stderr)
        if self._bar is not None:
            self._bar.update(len(records))

    def _tick(self) -> None:
        while not self._over.wait(BAR_EVERY_S if self._bar is not None else PLAIN_EVERY_S):
            if self._bar is not None:
                self._bar.refresh()
            else:
                self._tell_plainly()

    def _tell_plainly(self) -> None:
        elapsed_s = time.monotonic() - self._began
        told = f"{self._advanced} of {self._total} variants in {elapsed_s / 60:.1f} min"
        if self._advanced:
            left_s = elapsed_s * (self._total - self._advanced) / self._advanced
            told += f", about {left_s / 60:.1f} min left"
        click.echo(told, err=True)

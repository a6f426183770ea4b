"""Reports and page while a run goes on, written beside the loop that hands out work."""

import math
import time
from dataclasses import replace
from threading import Event, Thread

from batchquant.engine.signals import Stop
from batchquant.plan.records import Plan
from batchquant.report.page.data import CARDS
from batchquant.report.write import Reports
from batchquant.store import Ledger, Store
from batchquant.store.reading import Known
from batchquant.store.reported import Reported

STOP_S = 3.0  # in the end of what was told to stop: who did so is promised an end in five
EVERY_S = 180.0  # so that a night can be looked at before it is over
PAUSE = 10  # times its own duration: what is written is for a person to look at now and then


class Abandoned(Exception):  # noqa: N818 - no error: nobody waits for it any more
    """What was being written is not wanted any more."""


class Reporter:
    """Writes them in a thread, with a connection of its own to the ledger.

    Parameters
    ----------
    plan : Plan
        What is wanted; it is kept in the ledger.
    reports : Reports
        What is written.
    store : Store
        Where the ledger lies.
    """

    def __init__(self, plan: Plan, reports: Reports, store: Store) -> None:
        self._plan, self._reports, self._store = plan, reports, store
        self._thread: Thread | None = None
        self._is_over = Event()
        self._next = time.monotonic() + EVERY_S
        self._written: Reported | None = None
        self._error: Exception | None = None

    def look(self, ledger: Ledger) -> None:
        """Begin to write if it is time, and note what was written; raises what went wrong."""
        if self._thread is None:
            if time.monotonic() >= self._next:
                self._thread = Thread(target=self._write, args=(time.monotonic(),), daemon=True)
                self._thread.start()
        elif not self._thread.is_alive():
            self._thread = None
            if self._error is not None:
                raise self._error
            if self._written is not None:
                ledger.keep_reported(self._written)
                self._written = None

    def end(self) -> None:
        """Give up what is being written, and write nothing more."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _write(self, began: float) -> None:
        try:
            with self._store.look(self._plan.output) as ledger:
                plan = replace(self._plan, images=ledger.kept_images())
                known = Known(plan, ledger.settled, ledger.drawn)
                reported = ledger.reported(CARDS)
                self._reports.write(known, reported, check=self._check)
                self._written = reported
        except Abandoned:
            pass
        except Exception as error:  # told to the thread that runs the night
            self._error = error
        finally:
            now = time.monotonic()
            self._next = now + max(EVERY_S, PAUSE * (now - began))

    def _check(self) -> None:
        if self._is_over.is_set():
            raise Abandoned


def write_reports(
    reports: Reports, plan: Plan, ledger: Ledger, *, stop: Stop
) -> tuple[list[tuple[str, str]], bool]:
    """Write what has changed at the end of a run.

    Parameters
    ----------
    stop : Stop
        Whether the run was told to stop: then it takes `STOP_S` at most.

    Returns
    -------
    in_the_way : list of tuple of str
        Name and reason of what somebody else has put in the place of one.
    is_whole : bool
        False where time was over before all was written.
    """
    deadline = time.monotonic() + (STOP_S if stop.is_wanted() else math.inf)

    def check() -> None:
        if time.monotonic() > deadline:
            raise Abandoned

    reported = ledger.reported(CARDS)
    try:
        in_the_way = reports.write(Known(plan, ledger.settled, ledger.drawn), reported, check=check)
    except Abandoned:
        return [], False
    ledger.keep_reported(reported)
    return in_the_way, True

"""Plan and records → reports, timings and page in the output folder."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from batchquant.errors import ImageError
from batchquant.files import publish, publish_changed, withdraw
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.outputs import is_as_copied
from batchquant.report.own import find_in_the_way, is_ours, publish_own, refuse_what_is_in_the_way
from batchquant.report.page.build import INDEX
from batchquant.report.page.chunks import current_form
from batchquant.report.page.write import write_page
from batchquant.report.parquet import report_parquet
from batchquant.report.table import Varied, report_csv, report_json, timings_csv
from batchquant.store.kept_plan import PLAN_FILE, plan_json
from batchquant.store.reading import Known
from batchquant.store.reported import Reported

FORMS = {"csv": report_csv, "json": report_json, "parquet": report_parquet}

Table = Callable[[Known], Iterator[bytes]]


class Asked(Protocol):
    """What is asked of reports: a `JobFile`, or what a run keeps of one."""

    @property
    def output(self) -> Path:
        """The output folder."""

    @property
    def report(self) -> Sequence[str]:
        """Forms of the report."""

    @property
    def csv_bom(self) -> bool:
        """Whether the CSV begins with a byte order mark."""


class Reports:
    """Writes what a run has to tell, now and again; files of others to be replaced are `foreign`.

    Raises UsageError if a place is taken by something that may not be replaced, StorageError if the
    output folder does not let us write.
    """

    def __init__(self, job_file: Asked, *, may_replace: bool) -> None:
        self._output, self._forms = job_file.output, job_file.report
        self._tables: dict[str, Table] = {**FORMS, "csv": partial(report_csv, bom=job_file.csv_bom)}
        self._csv_bom = job_file.csv_bom
        names = [*(f"report.{form}" for form in self._forms), INDEX]
        refuse_what_is_in_the_way(self._output, names, may_replace=may_replace)
        self.foreign = find_in_the_way(self._output, names)

    def write(
        self, known: Known, reported: Reported, *, check: Callable[[], None] = lambda: None
    ) -> list[tuple[str, str]]:
        """Write all that has changed; returns name and reason of what somebody else has put there.

        The page last: who cannot wait for it gives a second signal, and has all the rest. What is
        written is noted in `reported`; `check` is called again and again, and may raise.
        """
        output, in_the_way = self._output, []
        timings = output / RUN_FOLDER / "timings.csv"
        self._write_table("timings.csv", timings_csv, known, reported, check, timings)
        publish_changed(output / RUN_FOLDER / PLAN_FILE, plan_json(known.plan))
        for form, table in self._tables.items():
            name = f"report.{form}"
            if form in self._forms:
                try:
                    self._write_table(name, table, known, reported, check)
                except ImageError as reason:
                    in_the_way.append((name, str(reason)))
            elif is_ours(output / name):  # it would go on to tell of what was before
                withdraw(output, name)
        try:
            write_page(output, known, reported, may_replace=self._is_taken(INDEX), check=check)
        except ImageError as reason:
            in_the_way.append((INDEX, str(reason)))
        return in_the_way

    def _write_table(
        self,
        name: str,
        table: Table,
        known: Known,
        reported: Reported,
        check: Callable[[], None],
        own: Path | None = None,
    ) -> None:
        """Write one of the tables, unless all that it says is there."""
        path = own or self._output / name
        is_there = own is not None or is_as_copied(self._output, name)
        if (
            is_there
            and not reported.stale
            and reported.stamps.get(name) == self._stamp(path, known)
        ):
            return

        def write(stream: BinaryIO) -> None:
            for number, line in enumerate(table(known)):
                if number % 1000 == 0:
                    check()
                stream.write(line)

        if own is not None:
            publish(own, write)
        else:
            publish_own(self._output, name, write, may_replace=self._is_taken(name))
        reported.stamps[name] = self._stamp(path, known)

    def _stamp(self, path: Path, known: Known) -> str:
        """Return what tells a report that is as it was written from any other."""
        try:
            found = path.stat()
        except OSError:
            return ""
        n_images, varied = len(known.plan.images), Varied(known.plan)
        begin = ("bom",) if self._csv_bom and path.suffix == ".csv" else ()
        form = " ".join((current_form(), *begin, *varied.columns))
        return f"{form} {n_images} {found.st_size} {found.st_mtime_ns} {found.st_ino}"

    def _is_taken(self, name: str) -> bool:
        return name in self.foreign

"""An output folder → everything in it that is not as the ledger says."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path

from batchquant.check.files import check_copies, check_files
from batchquant.check.pictures import Claim, Findings
from batchquant.check.rows import check_report
from batchquant.engine.backlog import Backlog
from batchquant.engine.budget import Budget
from batchquant.engine.cores import usable_cores
from batchquant.engine.local import LocalEngine
from batchquant.engine.memory import budget_bytes
from batchquant.engine.protocol import Done, Lost
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.images.read.picture import Reading
from batchquant.plan.keys import old_fingerprints, painted_recipe
from batchquant.plan.records import Settings
from batchquant.report.manifest import MANIFEST_FILE, settings_of_jobs
from batchquant.report.page.build import INDEX
from batchquant.report.table import REPORTS
from batchquant.store import IN_RUN_FOLDER, Output, Store, VariantRecord, expect_ledger
from batchquant.store.known import Records
from batchquant.store.planned import PlannedImages
from batchquant.store.shards import expect_merged

AHEAD = 64  # pictures whose records are read before their turn


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and what was found."""

    n_variants: int  # that are done
    n_files: int  # of what is done, overviews and books included
    n_compared: int  # variants whose error was computed again, from source and output
    statuses: Counter[str]  # rows of the report
    problems: tuple[str, ...]  # each PATH: found ..., expected ...
    notes: tuple[str, ...] = ()  # sources that are there, but are not those that rows tell of


def verify_output(
    output: Path,
    *,
    workers: int | None = None,
    store: Store = IN_RUN_FOLDER,
    advanced: Callable[[int, int], None] = lambda n_checked, n_variants: None,
) -> Verification:
    """Compare everything in an output folder with what the ledger says of it. Only reads.

    Files: size, digest, and whether they can be decoded; width, height and number of colors;
    whether PNG and PDF show the same. The mean squared error, where the source is as it was, and
    the last run's settings are those of the variant. The rows of the report. Of overviews and books
    size and digest.

    No run may be writing to the folder. `advanced` hears how many variants were looked at, and of
    how many. Raises NoRunError if nothing has run into the folder, UsageError if shards
    are not merged, StorageError if the ledger cannot be read.
    """
    expect_merged(output, store)
    expect_ledger(store, output)
    # A job file may want any of them, and all hold the same.
    reports = [output / name for name in REPORTS]
    report = next((path for path in reports if path.is_file()), reports[0])
    with store.look(output) as ledger:
        statuses, in_rows = check_report(report, ledger.records)
        n_variants = ledger.records.count("done")
        claims = _Claims(output, ledger.records, ledger.kept_images())
        told: list[tuple[int, tuple[str, ...]]] = []
        notes = set[str]()
        n_checked = n_compared = 0
        engine = LocalEngine(workers or usable_cores(), budget_bytes())
        with closing(engine.run(claims)) as events:
            for event in events:
                match event:
                    case Done(claim, Findings() as findings):
                        if findings.problems:
                            told.append((claim.index, findings.problems))
                        notes.add(findings.note)
                        n_compared += findings.n_compared
                    case Lost(claim, reason):
                        problem = f"{claim.records[0].source_path}: outputs not checked: {reason}"
                        told.append((claim.index, (problem,)))
                    case _:
                        continue
                n_checked += len(claim.records)
                advanced(n_checked, n_variants)
        drawn = _Counted(file for each in ledger.drawn.values() for file in each.outputs.values())
        in_overviews = [*check_files(output, drawn), *check_copies(output, (*REPORTS, INDEX))]
    return Verification(
        n_variants=n_variants,
        n_files=claims.n_files + drawn.n,
        n_compared=n_compared,
        statuses=statuses,
        problems=(*chain.from_iterable(each for _, each in sorted(told)), *in_overviews, *in_rows),
        notes=tuple(sorted(filter(None, notes))),
    )


class _Claims(Backlog[Claim]):
    """What was made of one picture is checked at once: its source is decoded once.

    Records are read when they are due: memory does not grow with them.
    """

    def __init__(self, output: Path, records: Records, planned: PlannedImages) -> None:
        super().__init__(())
        self._planned = planned
        self.n_files = 0  # of what was handed out
        self._output = output
        self._more = self._read(records)

    def take(self, budget: Budget) -> Claim | None:
        """Hand out the next, as `Backlog`, of some that are read ahead."""
        self._read_ahead()
        return super().take(budget)

    def is_over(self) -> bool:
        """Tell whether nothing is left."""
        self._read_ahead()
        return super().is_over()

    def _read_ahead(self) -> None:
        self.put_last(islice(self._more, max(0, AHEAD - self.n_waiting)))

    def _read(self, records: Records) -> Iterator[Claim]:
        try:
            manifest = read_regular(self._output / RUN_FOLDER / MANIFEST_FILE)
            settings = settings_of_jobs(manifest)
        except OSError:
            settings = {}
        numbers = count()
        for of_source in records.by_source():
            groups: defaultdict[Reading | None, list[VariantRecord]] = defaultdict(list)
            for record in of_source:
                known = settings.get(record.job)
                groups[_reading(record, _of_group(known, record, self._planned))].append(record)
                self.n_files += len(record.outputs)
            for reading, group in groups.items():
                yield Claim(next(numbers), self._output, reading, tuple(group))


class _Counted(Iterator[Output]):
    """Counts what is taken of it."""

    def __init__(self, files: Iterator[Output]) -> None:
        self._files, self.n = files, 0

    def __next__(self) -> Output:
        file = next(self._files)
        self.n += 1
        return file


def _of_group(
    known: Settings | None, record: VariantRecord, planned: PlannedImages
) -> Settings | None:
    """Return the settings of a picture that shares a palette, which follow from the others."""
    if known is None or record.shared_inertia is None:
        return known
    position = planned.position(record.key[:4])
    return known if position is None else planned[position].settings


def _reading(record: VariantRecord, known: Settings | None) -> Reading | None:
    """Return how the source was read; None where the last run's settings are others."""
    variant = record.frame, record.k, record.init
    if known is None or record.recipe not in (
        painted_recipe(known, *variant),
        *old_fingerprints(known, *variant),
    ):
        return None
    return known.reading(record.frame, takes_all=True)

"""An output folder → everything in it that is not as the ledger says."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from batchquant.check.files import check_files
from batchquant.check.pictures import Claim, Findings
from batchquant.check.rows import check_report
from batchquant.engine.backlog import Backlog
from batchquant.engine.cores import usable_cores
from batchquant.engine.local import LocalEngine
from batchquant.engine.memory import budget_bytes
from batchquant.engine.protocol import Done, Lost
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.images.read.picture import Reading
from batchquant.plan.keys import old_fingerprints, painted_recipe
from batchquant.plan.records import Settings
from batchquant.report.manifest import settings_of_jobs
from batchquant.report.table import REPORTS
from batchquant.store import IN_RUN_FOLDER, Store, VariantRecord, expect_ledger


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
    how many. Raises NoRunError if nothing has run into the folder, StorageError if the ledger
    cannot be read.
    """
    expect_ledger(store, output)
    with store.look(output) as ledger:
        records = list(ledger.records.values())
        drawn = list(ledger.drawn.values())
    # A job file may want either, or both, which hold the same.
    reports = [output / name for name in REPORTS]
    report = next((path for path in reports if path.is_file()), reports[0])
    statuses, in_rows = check_report(report, records)
    done = [record for record in records if record.status == "done"]
    claims = _claims(output, done)
    found: dict[int, Findings] = {}
    engine = LocalEngine(workers or usable_cores(), budget_bytes())
    n_checked = 0
    with closing(engine.run(Backlog(claims))) as events:
        for event in events:
            match event:
                case Done(claim, Findings() as findings):
                    found[claim.index] = findings
                case Lost(claim, reason):
                    told = f"{claim.records[0].source_path}: outputs not checked: {reason}"
                    found[claim.index] = Findings(claim.index, (told,), 0)
                case _:
                    continue
            n_checked += len(claim.records)
            advanced(n_checked, len(done))
    in_files = [problem for index in sorted(found) for problem in found[index].problems]
    of_overviews = [file for record in drawn for file in record.outputs.values()]
    in_files += check_files(output, of_overviews)
    return Verification(
        n_variants=len(done),
        n_files=sum(len(record.outputs) for record in done) + len(of_overviews),
        n_compared=sum(findings.n_compared for findings in found.values()),
        statuses=statuses,
        problems=(*in_files, *in_rows),
        notes=tuple(sorted({findings.note for findings in found.values() if findings.note})),
    )


def _claims(output: Path, done: Iterable[VariantRecord]) -> list[Claim]:
    """Group what was made of one picture: its source is decoded once."""
    try:
        settings = settings_of_jobs(read_regular(output / RUN_FOLDER / "manifest.json"))
    except OSError:
        settings = {}
    groups: defaultdict[tuple[str, int, Reading | None], list[VariantRecord]] = defaultdict(list)
    for record in done:
        reading = _reading(record, settings)
        groups[record.source_path, record.frame, reading].append(record)
    return [
        Claim(index, output, reading, tuple(records))
        for index, ((_, _, reading), records) in enumerate(groups.items())
    ]


def _reading(record: VariantRecord, settings: Mapping[str, Settings]) -> Reading | None:
    """Return how the source was read; None where the last run's settings are others."""
    known = settings.get(record.job)
    variant = record.frame, record.k, record.init
    if known is None or record.recipe not in (
        painted_recipe(known, *variant),
        *old_fingerprints(known, *variant),
    ):
        return None
    return known.reading(record.frame, takes_all=True)

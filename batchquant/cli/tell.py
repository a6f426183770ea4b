"""Plans, summaries and figures as text on standard output.

Colors are for the eye only: click takes them away wherever no terminal reads.
"""

import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from batchquant.cli.layout import fill
from batchquant.cli.phrases import (
    about_bytes,
    about_duration,
    bad,
    count,
    count_any,
    duration,
    good,
    heading,
    left_over,
)
from batchquant.files.names import escape
from batchquant.files.outputs import is_taken, place_of_output

if TYPE_CHECKING:
    from batchquant.check import Verification
    from batchquant.check.prune import Leftovers
    from batchquant.estimate import Estimate
    from batchquant.jobfile import JobFile
    from batchquant.plan.records import Plan
    from batchquant.report.manifest import KeptJobFile
    from batchquant.report.summary import Summary
    from batchquant.run.review import Review

COMPILING = "Compiling K-Means for this machine, once: about half a minute."
CALIBRATING = "Making a few pictures to see how long they take; --no-estimate skips this."
FILE_NOUNS = {
    "sheet_png": "contact sheet",
    "sheet_pdf": "contact sheet",
    "sheet_vary_png": "contact sheet",
    "sheet_vary_pdf": "contact sheet",
    "before_after": "before/after animation",
    "best": "best picture",
    "book": "book",
}
"""What files of no variant are called, by kind."""
LABEL = 12  # columns before what a line of a plan says
MAX_FAILURES = 20  # told one by one; the report has all


def _noun(kind: str) -> str:
    """Say what a file of a kind is called."""
    from batchquant.formats.registry import formats

    made = formats().get(kind)
    if made is None:
        return FILE_NOUNS[kind]
    return "palette file" if made.key == "palette_files" else made.noun


def tell_good_files(job_files: Sequence[str]) -> None:
    """Print that job files have no problem."""
    for path in job_files:
        click.echo(f"{escape(path)}: {good('good')}")


def tell_plan(job_file: "JobFile", plan: "Plan", review: "Review", n_drawings: int | None) -> None:
    """Print the numbers of a plan, and how far it is carried out."""
    from batchquant.run.displaced import displaced_by
    from batchquant.store.totals import n_pictures_of, refused_of, totals_of

    totals = totals_of(plan.images)
    click.echo(heading(escape(f"{job_file.path} → {place_of_output(plan.output)}")))
    n_pictures, n_jobs = n_pictures_of(plan.images), len(totals.jobs)
    in_jobs = f"{totals.n_images} in {n_jobs} jobs, " if n_jobs > 1 else ""
    click.echo(f"  folders   {len({folder for _, folder in totals.folders})}")
    click.echo(f"  pictures  {n_pictures} ({in_jobs}{totals.pixels / 1e6:.1f} megapixels)")
    click.echo(f"  variants  {totals.n_variants}")
    nouns = Counter[str]()
    for kind, n in totals.files.items():
        nouns[_noun(kind)] += n
    if totals.books:
        nouns["book"] = len(totals.books)
    told = ", ".join(count(n, noun) for noun, n in nouns.items())
    limit = "at most " if "best picture" in nouns else ""  # where the target is reached
    click.echo(fill(f"  files     {limit}{nouns.total()}{told and f' ({told})'}", LABEL))
    n_settled, n_failed = review.count_settled()
    failed = f", {bad(f'{n_failed} failed')}" if n_failed else ""
    click.echo(f"  made      {n_settled - n_failed}{failed}")
    reasons = review.count_reasons()
    told = ", ".join(f"{n} {reason}" for reason, n in reasons.items())
    click.echo(fill(f"  to make   {reasons.total()}{told and f' ({told})'}", LABEL))
    if review.shared.n_groups:
        n_groups, n_due, n_uncounted = review.shared
        told = f"{n_groups} shared, {n_due} to find"
        to_count = f", colors of {count(n_uncounted, 'picture')} to count first"
        click.echo(fill(f"  palettes  {told}{to_count if n_uncounted else ''}", LABEL))
    if n_drawings is not None:
        click.echo(f"  to draw   {count_any(n_drawings, totals.drawn)}")
    if n_left_over := review.count_left_over():
        click.echo(fill(f"  left over {left_over(n_left_over, job_file.path)}", LABEL))
    for _, place, reason in plan.absent:
        click.echo(fill(f"Not there: {bad(escape(place))}: {escape(reason)}"))
    for image in refused_of(plan.images):
        click.echo(fill(f"Cannot be done: {bad(image.label)}: {escape(image.refusal or '')}"))
    displaced = displaced_by(job_file, review)
    tell_notes(plan.left_out_by_kind, [*displaced, *plan.news, *plan.notes])


def tell_calibrating() -> None:
    """Tell a person why nothing happens for a few seconds."""
    if sys.stderr.isatty():
        click.echo(CALIBRATING, err=True)


def tell_estimate(plan: "Plan", estimate: "Estimate") -> None:
    """Print how long a run will take, and what it needs; no more digits than are known."""
    workers = count(estimate.workers, "worker")
    free = about_bytes(estimate.free_bytes)
    if estimate.elapsed_s is None or estimate.size_bytes is None:
        click.echo("  duration  not known: no picture could be made to measure")
    else:
        size = about_bytes(estimate.size_bytes)
        click.echo(f"  duration  about {about_duration(estimate.elapsed_s)} with {workers}")
        click.echo(f"  to write  about {size} ({free} free)")
    memory = f"at most about {about_bytes(estimate.memory_bytes)} at once"
    click.echo(fill(f"  memory    {memory} (budget {about_bytes(estimate.budget_bytes)})", LABEL))
    if estimate.may_fill_disk:
        told = (
            f"Warning: the disk of {escape(str(plan.output))} may be too small: about {size} would"
            f" be written, {free} are free. Make room there, or choose another disk with --output."
        )
        click.echo(fill(told))


def tell_outputs(plan: "Plan", *, null: bool) -> None:
    """Print every planned output, relative to the output folder: a line each, or ended by NUL.

    A terminal gets them escaped, as from `ls`; what else reads them gets the names themselves.
    """
    end = b"\0" if null else b"\n"
    for _, path in _files(plan):
        if sys.stdout.isatty() and not null:
            click.echo(escape(path))
        else:
            click.echo(os.fsencode(path) + end, nl=False)


def _files(plan: "Plan") -> Iterator[tuple[str, str]]:
    """Yield kind and path of all that a person will find; what only the page needs is none."""
    from batchquant.files.layout import RUN_FOLDER
    from batchquant.plan.overviews import files_of

    for kind, path in files_of(image for image in plan.images if image.refusal is None):
        if not path.startswith(f"{RUN_FOLDER}/"):
            yield kind, path


def tell_reasons(review: "Review") -> None:
    """Print every variant that is to be made, and why, a line each."""
    for entry in review.unsettled():
        variant = entry.variant
        click.echo(f"{entry.image.label} k={variant.k} {variant.init}: {entry.reason}")


def tell_leftovers(leftovers: "Leftovers", *, deleted: bool) -> None:
    """Print the files that nobody plans, and their sizes."""
    for path in leftovers.strangers:
        click.echo(f"Left alone, since it is not what was written: {escape(path)}", err=True)
    for file in leftovers.files:
        click.echo(f"{file.size_bytes:>12,} {escape(file.path)}")
    if not leftovers.files:
        click.echo("Nothing to delete.")
        return
    n_bytes = sum(file.size_bytes for file in leftovers.files)
    told = f"{count(len(leftovers.files), 'file')}, {about_bytes(n_bytes)}"
    told += " deleted." if deleted else "; --yes deletes them."
    click.echo(told)
    if deleted:
        click.echo(fill("Page and report name them until the job file is run again."))


def tell_verification(found: "Verification") -> None:
    """Print what is not as it was, and how much was looked at."""
    for problem in found.problems:
        click.echo(escape(problem))
    for note in found.notes:
        click.echo(f"Note: {escape(note)}")
    rows = ", ".join(f"{n} {status}" for status, n in found.statuses.items())
    n_problems = len(found.problems)
    verdict = bad(count(n_problems, "problem")) if n_problems else good("all is as written")
    click.echo(
        f"{count(found.n_variants, 'variant')} in {count(found.n_files, 'file')},"
        f" {found.n_compared} compared with the source;"
        f" {count(found.statuses.total(), 'row')}{rows and f' ({rows})'}: {verdict}."
    )


def tell_summary(
    job_file: "JobFile | KeptJobFile", summary: "Summary", *, beginning: str = ""
) -> None:
    """Print how a run ended, and where what the job file asks for is to be found."""
    from batchquant.plan.overviews import book_path

    tell_counts(summary, beginning=beginning)
    output = escape(place_of_output(summary.output))
    asked = [("Report:", f"report.{form}") for form in job_file.report]
    asked += [("Book:", book_path(job.name)) for job in job_file.jobs if job.book]
    for noun, path in asked:
        if is_taken(summary.output, path):
            click.echo(f"{noun:9} {output}/{path}")
    click.echo(f"Page:     {output}/index.html")
    if summary.n_left_over:
        click.echo(fill(f"Left over: {left_over(summary.n_left_over, job_file.path)}"))
    if not summary.is_reported:
        click.echo(
            "Report and page tell of an earlier moment; the next run brings them up to date."
        )


def tell_counts(summary: "Summary", *, beginning: str = "") -> None:
    """Print how a run ended, and what it left of what the job file asks for."""
    total = summary.n_done + summary.n_skipped + summary.n_failed + summary.n_pending
    parts = [good(f"{summary.n_done} made")] if summary.n_attempted else []
    parts += [f"{summary.n_skipped} made before"] if summary.n_skipped else []
    parts += [bad(_failed(summary))] if summary.n_failed else []
    parts += [f"{summary.n_pending} left"] if summary.n_pending else []
    drawn = count_any(summary.n_drawn, summary.drawn)
    parts += [f"{drawn} drawn"] if summary.n_drawn else []
    is_over = not (summary.n_attempted or summary.n_drawn or summary.n_pending)
    beginning = beginning or ("Nothing to do. " if is_over else "")
    counts = ", ".join(parts) or "none in this shard"
    told = f"{beginning}{count(total, 'variant')} of {count(summary.n_pictures, 'picture')}"
    click.echo(fill(f"{told}: {counts}; {duration(summary.elapsed_s)}."))
    if summary.n_asked:
        asked = " or ".join(summary.targets)
        named = ": FILE_best.png" if summary.n_reached else ""
        click.echo(f"{summary.n_reached} of {summary.n_asked} reach {asked}{named}.")
    tell_failures(summary)
    tell_notes(summary.left_out, summary.warnings)
    click.echo(f"Output:   {escape(place_of_output(summary.output))}")


def _failed(summary: "Summary") -> str:
    """Say how many failed: a broken file is one picture, whatever was asked of it."""
    told = count(summary.n_failed_pictures, "picture")
    return f"{summary.n_failed} failed ({told})"


def tell_failures(summary: "Summary", *, err: bool = False) -> None:
    """Print what failed, and what was replaced; on standard error where nothing else is printed."""
    for path in summary.replaced:
        click.echo(f"Replaced, though batchquant had not written it: {escape(path)}", err=err)
    if summary.failures:
        click.echo(heading("Failed:"), err=err)
    for image, reason in summary.failures[:MAX_FAILURES]:
        told = f"  {bad(escape(image))}: {escape(reason)}"
        click.echo(told if err else fill(told, 4), err=err)
    if len(summary.failures) > MAX_FAILURES:
        rest = len(summary.failures) - MAX_FAILURES
        click.echo(f"  and {count(rest, 'more picture')}, see the report", err=err)
    if summary.failures:
        named = escape(shlex.quote(str(summary.output)))
        click.echo(f"What to do about it: batchquant failed {named}", err=err)


def tell_notes(left_out: Mapping[str, int], warnings: Sequence[str]) -> None:
    """Print what was left out, and what a person may not expect."""
    from batchquant.images.read.formats import tell_suffixes

    if left_out:
        told = f"Left out, no pictures by their ending: {escape(tell_suffixes(left_out))}"
        click.echo(fill(told))
    for warning in warnings:
        click.echo(fill(f"Note: {escape(warning)}"))

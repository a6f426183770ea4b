"""Outputs that no job file plans any more: found, and removed."""

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

from batchquant.errors import UsageError
from batchquant.files import withdraw
from batchquant.files.digests import digest_of_file
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.output_bucket import bucket_of_output
from batchquant.files.outputs import digest_of_output, size_of_output
from batchquant.plan.records import Plan
from batchquant.run.place import Place
from batchquant.store import IN_RUN_FOLDER, Output, Store, expect_ledger
from batchquant.store.kept_plan import wording_of_last_run


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What was written once, and is not planned now."""

    files: tuple[Output, ...]  # there as they were written
    # paths of what is in their place: changed files, links and what they lead to; never removed
    strangers: tuple[str, ...]
    gone: tuple[str, ...]  # paths of files that are there no more


def prune(
    output: Path,
    plans: Sequence[Plan],
    *,
    delete: bool = False,
    store: Store = IN_RUN_FOLDER,
) -> Leftovers:
    """Find what earlier runs wrote and no plan wants, and delete it if that is wanted.

    `plans` are those of all job files that write to the folder. Only files that the ledger says
    were written here are deleted, and only where their content is the one that was written; with
    them the folders that are empty then, and what the ledger knows of them.

    Raises UsageError if an input is not there, since what was made of it is not wanted any less, or
    if the last run was given other keys than the plan of its job file, or if shards are not merged,
    since nothing is known of their files; NoRunError if nothing has run into the folder,
    OutputLockedError if a run is writing to it, and StorageError if files cannot be deleted.
    """
    for _, place, reason in (entry for plan in plans for entry in plan.absent):
        raise UsageError(
            f"{place}: {reason} Nothing is deleted until it holds pictures again, or is no input of"
            " the job file any more."
        )
    whole = Place(output, store)
    whole.check()
    expect_ledger(store, output)
    _refuse_other_keys(output, plans)
    images = chain.from_iterable(plan.images for plan in plans)
    with whole.hold(), store.open(output) as ledger:
        leftovers = _look_at(output, ledger.unplanned_outputs(images))
        if delete:
            for file in leftovers.files:
                _remove(output, file.path)
            ledger.forget([*leftovers.gone, *(file.path for file in leftovers.files)])
    return leftovers


def _refuse_other_keys(output: Path, plans: Iterable[Plan]) -> None:
    """See to it that what the last run was told beside its job file is told here, too."""
    last = wording_of_last_run(output)
    for told in (plan.wording for plan in plans):
        if last and told.name == last.name and told.overrides != last.overrides:
            raise UsageError(
                f"{last.name}: the last run had {_say(last.overrides)}, and prune has"
                f" {_say(told.overrides)}: what that run made would be taken for left over. Tell"
                " prune what the run was told, or run again without."
            )


def _say(overrides: Sequence[str]) -> str:
    return " ".join(overrides) or "neither -s nor --vary"


def _look_at(output: Path, unplanned: Iterable[Output]) -> Leftovers:
    files: list[Output] = []
    strangers: list[str] = []
    gone: list[str] = []
    for written in unplanned:
        try:
            if _is_as_written(output, written):
                files.append(written)
            else:
                strangers.append(written.path)
        except (FileNotFoundError, NotADirectoryError):
            gone.append(written.path)
        except OSError:  # what cannot be looked at is not known to be ours
            strangers.append(written.path)
    return Leftovers(tuple(files), tuple(strangers), tuple(gone))


def _is_as_written(output: Path, written: Output) -> bool:
    if bucket_of_output(output) is not None and not written.path.startswith(f"{RUN_FOLDER}/"):
        if (size_bytes := size_of_output(output, written.path)) is None:
            raise FileNotFoundError(written.path)
        return size_bytes == written.size_bytes and written.digest in (
            None,
            digest_of_output(output, written.path),
        )
    path = output / written.path
    status = path.lstat()
    # Text, not paths: an absolute path would take the place of what it is joined to.
    has_no_links = os.path.realpath(path) == f"{os.path.realpath(output)}/{written.path}"
    return (
        has_no_links
        and stat.S_ISREG(status.st_mode)
        and status.st_size == written.size_bytes
        and written.digest in (None, digest_of_file(path))
    )


def _remove(output: Path, path: str) -> None:
    """Remove a file, and the folders above it that are empty then."""
    withdraw(output, path)
    for folder in list(PurePosixPath(path).parents)[:-1]:  # the last is the output folder itself
        try:
            (output / folder).rmdir()
        except OSError:  # something else lies there
            break

"""Inputs that were there in an earlier run and are not: what is known of them stays."""

from pathlib import Path

from batchquant.jobfile import InputFolder
from batchquant.plan.records import IS_ABSENT
from batchquant.plan.sweep import Row, Sweep
from batchquant.sources.registry import source_of
from batchquant.sources.search import NOT_READ, Found
from batchquant.sources.source import below
from batchquant.store import Store


class EarlierRun:
    """What the last run into an output folder knew; asked only where something is missing.

    Parameters
    ----------
    output : pathlib.Path
        The output folder; may be missing.
    store : Store
        Where its ledger lies.

    Attributes
    ----------
    absent : list of tuple of str
        Job, place and reason of what was there, and is not, as far as it was asked for.
    """

    def __init__(self, output: Path, store: Store) -> None:
        self._output, self._store = output, store
        self.absent: list[tuple[str, str, str]] = []

    def find_absent(self, job: str, folder: InputFolder, found: Found) -> list[tuple[Sweep, Row]]:
        """Return the images that were planned of what is missing in an input.

        They are as the last run planned them, with a reason why they are absent; there are none
        where nothing is known that was made of them. An input is missing as a whole where it holds
        no file, as where a disk is not mounted; what could not be looked into is missing, too.
        """
        missing = {"": source_of(folder.path).nothing} if found.is_empty else {}
        missing |= {relative: f"{NOT_READ}{why}." for relative, why in found.unreadable}
        if not missing:
            return []
        there = {file.relative for file in found.files}
        images: dict[tuple[str, int], tuple[Sweep, Row]] = {}
        with self._store.look(self._output) as ledger:
            for relative, why in missing.items():
                if not any(_is_below(name, relative) for name in ledger.names_of(job, folder.name)):
                    continue
                place = below(folder.path, relative)
                self.absent.append((job, place, f"{why} What was made of its pictures is kept."))
                for sweep, row in ledger.kept_images().below(job, folder.name):
                    if row.image not in there and _is_below(row.image, relative):
                        told = f"{IS_ABSENT}{place}: {why}"
                        images[row.image, row.frame] = sweep, row._replace(absent=told)
        return list(images.values())


def _is_below(image: str, relative: str) -> bool:
    return not relative or image == relative or image.startswith(f"{relative.rstrip('/')}/")

"""Inputs that were there in an earlier run and are not: what is known of them stays."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from batchquant.errors import NoRunError, StorageError
from batchquant.jobfile import InputFolder
from batchquant.plan.records import IS_ABSENT, PlannedImage
from batchquant.sources.local import Found
from batchquant.store import LEDGER, Ledger
from batchquant.store.kept_plan import read_kept_plan


class EarlierRun:
    """What the last run into an output folder knew; asked only where something is missing.

    Parameters
    ----------
    output : pathlib.Path
        The output folder; may be missing.

    Attributes
    ----------
    absent : list of tuple of str
        Job, place and reason of what was there, and is not, as far as it was asked for.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self.absent: list[tuple[str, str, str]] = []

    def find_absent(self, job: str, folder: InputFolder, found: Found) -> list[PlannedImage]:
        """Return the images that were planned of what is missing in an input.

        Parameters
        ----------
        job : str
            Its job.
        folder : InputFolder
            The input. It is missing as a whole where it holds no file, as where a disk is not
            mounted.
        found : Found
            What is there. What could not be looked into is missing, too.

        Returns
        -------
        list of PlannedImage
            As they were planned by the last run, with a reason why they are absent; none where
            nothing is known that was made of them.
        """
        missing = {"": "it holds no file; is its disk mounted?"} if found.is_empty else {}
        missing |= {relative: f"cannot be searched: {why}." for relative, why in found.unreadable}
        there = {file.relative for file in found.files}
        images: dict[tuple[str, int], PlannedImage] = {}
        for relative, why in missing.items():
            if not self._is_known(job, folder.name, relative):
                continue
            place = str(folder.path / relative)
            self.absent.append((job, place, f"{why} What was made of its pictures is kept."))
            for image in self._images:
                if (image.job, image.folder) != (job, folder.name) or image.image in there:
                    continue
                if _is_below(image.image, relative):
                    told = f"{IS_ABSENT}{place}: {why}"
                    images[image.image, image.frame] = replace(image, absent=told)
        return list(images.values())

    def _is_known(self, job: str, folder: str, relative: str) -> bool:
        return any(
            key[:2] == (job, folder) and _is_below(key[2], relative) for key in self._recorded
        )

    @cached_property
    def _recorded(self) -> set[tuple[str, str, str]]:
        with Ledger.copy_of(self._output / LEDGER) as ledger:
            return {key[:3] for key in ledger.read()}

    @cached_property
    def _images(self) -> tuple[PlannedImage, ...]:
        try:
            return read_kept_plan(self._output).images
        except (NoRunError, StorageError):  # then rows are missing, but nothing is pruned
            return ()


def _is_below(image: str, relative: str) -> bool:
    return not relative or image == relative or image.startswith(f"{relative.rstrip('/')}/")

"""A folder of pictures → an output folder, without a job file."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm.auto import tqdm

from batchquant.jobfile import load_job
from batchquant.report.summary import Summary
from batchquant.run.corridor import run_job
from batchquant.run.events import Compiling, Event, Started
from batchquant.run.progress import Tracker

COMPILING = "compiling K-Means, once: about half a minute"


def quantize_folder(
    folder: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    k: int | str | Iterable[int | str] | None = None,
    output: str | os.PathLike[str] = "out",
    *,
    workers: int | None = None,
    progress: bool = True,
    **keys: Any,
) -> Summary:
    """Show all pictures of a folder in a few colors, as a job file would say it.

    What is made already is left alone: the same call goes on where it was interrupted. In a script
    it belongs below ``if __name__ == "__main__":``, since worker processes import it.

    Parameters
    ----------
    folder : str or path-like, or several
        Folders and files of pictures, relative to the current folder.
    k : int, or several
        Numbers of colors, and ranges as text: ``[3, "16..64:16"]``. May be left out beside a
        `palette`.
    output : str or path-like
        Folder for everything that is written.
    workers : int, optional
        Processes; default: all cores that this process may use.
    progress : bool
        Whether a bar shows how far it is, in a terminal as in a notebook.
    **keys
        Any other keys of a job file: ``init="maximin"``, ``formats=["png", "pdf"]``, ``seed=7``.

    Returns
    -------
    Summary
        How it ended: `n_done`, `n_skipped`, `n_failed` and `failures`; pictures that cannot be read
        are among these, and all others are made.

    Raises
    ------
    JobFileError
        With all that is wrong with the keys at once.
    NoImagesError
        If there is no picture.
    StorageError
        If the output folder cannot be written to.
    OutputLockedError
        If another run is writing to it.
    """
    wanted = {"inputs": folder, "output": output, **({} if k is None else {"k": k}), **keys}
    job_file = load_job(wanted)
    with _shown(progress) as bar:
        return run_job(job_file, workers=workers, tell=bar.hear)


class _Bar(Tracker):
    """Counts variants; no bar stands where nothing is to be made."""

    def __init__(self, *, is_shown: bool) -> None:
        super().__init__()
        self._is_shown = is_shown
        self._bar: Any = None

    def hear(self, event: Event) -> None:
        """Count it, and move the bar."""
        super().hear(event)
        now = self.progress()
        match event:
            case Compiling() if self._is_shown:
                self._bar = tqdm(desc=COMPILING, unit=" variants")
            case Started(n_variants) if self._is_shown and n_variants:
                if self._bar is not None:
                    self._bar.close()
                self._bar = tqdm(total=n_variants, unit=" variants")
        if self._bar is not None:
            self._bar.update(now.n_made + now.n_failed - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def _shown(progress: bool) -> Iterator[_Bar]:
    bar = _Bar(is_shown=progress)
    try:
        yield bar
    finally:
        bar.close()

"""The page as it stands now → a folder beside the output folder, which is only read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from batchquant.errors import NoRunError
from batchquant.files.outputs import read_output
from batchquant.report.identity import read_identity
from batchquant.report.last_run import read_last_run
from batchquant.report.own import is_ours
from batchquant.report.page.build import build_page, build_waiting_page
from batchquant.report.page.chunks import Chunk, kept_chunk, make_chunk
from batchquant.report.page.data import CARDS, n_chunks
from batchquant.report.page.gather import gather, show_images
from batchquant.report.table import REPORTS
from batchquant.store.kept_plan import open_kept
from batchquant.store.reading import Known
from batchquant.store.reported import Reported


@dataclass(frozen=True, slots=True)
class _Own:
    """Images whose data lies in our folder, and by what it can be told to be as it should."""

    state: tuple[int, int | None, str | None]
    chunk: Chunk


class PageBeside:
    """Draws the live page of an output folder; data that a run has written there is left to it.

    Parameters
    ----------
    output : pathlib.Path
        The output folder. Nothing in it is created or changed.
    folder : pathlib.Path
        Where the page is drawn: ours alone.

    Attributes
    ----------
    is_waiting : bool
        Whether it shows no pictures yet, since nobody has planned any.
    """

    def __init__(self, output: Path, folder: Path) -> None:
        self._output, self._folder = output, folder
        self._own: dict[int, _Own] = {}
        self._paths: frozenset[str] = frozenset()
        self.is_waiting = True

    def find(self, path: str) -> Path | None:
        """Return where a file of the page lies; None where the output folder has it, if anybody."""
        return self._folder / path if path in self._paths else None

    def draw(self) -> None:
        """Draw what has changed; raises StorageError if what is in the output folder is damaged."""
        try:
            with open_kept(self._output) as kept:
                chunks = list(self._chunks(kept.known, kept.reported(CARDS)))
                shown = gather(
                    kept.known.plan,
                    kept.known.drawn,
                    chunks,
                    reports=[name for name in REPORTS if is_ours(self._output / name)],
                    last_run=read_last_run(self._output),
                    identity=read_identity(self._output),
                )
            pages, is_waiting = build_page(shown, is_live=True), False
        except NoRunError:  # the first run has not planned yet, or no shard is merged
            pages, is_waiting = build_waiting_page(), True
        for path, content in pages.items():
            self._write(path, content)
        scripts = (path for own in self._own.values() for path in own.chunk.scripts)
        self._paths = frozenset((*pages, *scripts))
        self.is_waiting = is_waiting

    def _chunks(self, known: Known, reported: Reported) -> Iterator[Chunk]:
        """Yield all images, with data in our folder where that of the run is not as it should."""
        n_images, before, self._own = len(known.plan.images), self._own, {}
        for number in range(n_chunks(n_images)):
            positions = slice(number * CARDS, min(n_images, (number + 1) * CARDS))
            n = positions.stop - positions.start
            chunk = kept_chunk(reported, number, n, self._output)
            if chunk is None:
                # Numbers of marks only grow; those of before may be gone, once a run has written.
                state = n, reported.marks.get(number), reported.chunks.get(number)
                own = before.get(number)
                if own is None or own.state != state:
                    images = list(show_images(known, positions))
                    read = partial(read_output, self._output)
                    chunk, scripts = make_chunk(number, images, read)
                    for path, content in scripts.items():
                        self._write(path, content)
                    own = _Own(state, chunk)
                self._own[number] = own
                chunk = own.chunk
            yield chunk

    def _write(self, path: str, content: bytes) -> None:
        """Write a file whole, for whoever reads it meanwhile; a power cut may take it."""
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        part.write_bytes(content)
        part.replace(target)

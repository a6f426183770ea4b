"""Progress of a run: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Any, Self

import click
from tqdm import tqdm
from tqdm.utils import disp_len, disp_trim

from batchquant.cli.phrases import count, rate
from batchquant.cli.tell import COMPILING
from batchquant.engine.protocol import Remark
from batchquant.files.names import escape
from batchquant.plan.records import PlannedImage
from batchquant.run.events import Advanced, Compiling, Looking, Noted, Sharing, Started, Taken
from batchquant.run.events import Event as RunEvent
from batchquant.run.progress import Progress, Tracker
from batchquant.store import VariantRecord

BAR_EVERY_S, PLAIN_EVERY_S = 1.0, 30.0
BAR = (
    "{percentage:3.0f}%|{bar:8}| {n_fmt}/{total_fmt} variants [{elapsed}<{left}, {per_minute}/min]"
)
ROWS, COLUMNS = 24, 80  # of a terminal that does not say
MIN_NAME = 16  # columns that a name is cut to at most
ERASE_REST = "\x1b[K"  # of the line: a bar takes away what it wrote, but no ^C behind it


class _Extent:
    """Rows or columns of a terminal, as tqdm sets them; where it says nothing, a usual number.

    A terminal of 0 x 0, on a serial line or in a container, is -1 x -1 to tqdm, which shows nothing
    then.
    """

    def __init__(self, usual: int) -> None:
        self._usual = usual

    def __set_name__(self, owner: type, name: str) -> None:
        self._place = f"_{name}"

    def __get__(self, bar: object, owner: type) -> int:
        extent: int = getattr(bar, self._place)
        return extent

    def __set__(self, bar: object, extent: int | None) -> None:
        setattr(bar, self._place, extent if extent and extent > 0 else self._usual)


class TerminalBar(tqdm):  # type: ignore[type-arg]  # when it runs it takes no argument
    """A bar on standard error that is gone when it is closed."""

    nrows, ncols = _Extent(ROWS), _Extent(COLUMNS)

    def __init__(self, **options: Any) -> None:
        super().__init__(dynamic_ncols=True, leave=False, **options)

    def __str__(self) -> str:
        """Return the line to show: one that breaks could not be erased."""
        line = super().__str__()  # looks how wide the terminal is
        return str(disp_trim(line, self.ncols))


class Bar(TerminalBar):
    """Counts variants, but tells the time left by the work left, and what is at work."""

    def __init__(self, progress: Callable[[], Progress], total: int) -> None:
        self._progress = progress
        super().__init__(total=total, bar_format=BAR)

    def __str__(self) -> str:
        """Return the line to show."""
        now, fields = self._progress(), dict(self.format_dict)
        columns = fields.pop("ncols")
        fields["left"] = "?" if now.left_s is None else self.format_interval(now.left_s)
        fields["per_minute"] = rate(now.variants_per_minute) if now.n_made else "?"
        line = self.format_meter(**fields)
        names = fit_names([task.label for task in now.at_work], columns - disp_len(line) - 1)
        return str(disp_trim(f"{line} {names}" if names else line, columns))


class ProgressDisplay(Tracker):
    """Shows how a run gets on, on standard error; a context manager.

    A thread keeps the clock of the bar going: results of large images may be minutes apart, and
    nothing else moves while K-Means is compiled.
    Verbose, it shows a line for each variant.
    """

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        super().__init__()
        self._quiet = quiet
        self._verbose = verbose
        self._bar: Bar | None = None
        self._search: TerminalBar | None = None
        self._compiling: TerminalBar | None = None
        self._told = time.monotonic()
        self._over = Event()
        self._clock = Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._clock.is_alive():
            self._clock.join()
        for bar in (self._compiling, self._search, self._bar):
            if bar is not None:
                bar.close()
                click.echo(ERASE_REST, nl=False, err=True, color=True)  # NO_COLOR is not about it

    def hear(self, event: RunEvent) -> None:
        """Count it, and show it."""
        super().hear(event)
        if self._compiling is not None:  # what comes next tells that this is over
            self._compiling.close()
            self._compiling = None
        match event:
            case Looking(n_looked, n_images) if not self._quiet:
                self._count("looking at what is there", n_looked, n_images, "picture")
            case Sharing(n_done, n_steps) if not self._quiet:
                self._count("finding shared palettes", n_done, n_steps, "step")
            case Remark(text):
                tqdm.write(escape(text), file=sys.stderr)
            case Noted(text) if not self._quiet:
                click.echo(f"Note: {escape(text)}", err=True)
            case Compiling() if not self._quiet:
                self._show_compiling()
            case Started(n_done=n_done):
                self._show_start(n_done)
            case Taken():
                self._move()
            case Advanced(image, _, records):
                if self._verbose and not self._quiet:
                    _show_variants(image, records)
                self._move()

    def _count(self, what: str, n_done: int, n_all: int, unit: str) -> None:
        """Show how far it is with what comes before variants, where it takes more than a moment."""
        if not sys.stderr.isatty():
            if time.monotonic() - self._told > PLAIN_EVERY_S:
                click.echo(f"{what}: {n_done} of {n_all} {unit}s", err=True)
                self._told = time.monotonic()
            return
        if self._search is None:
            self._search = TerminalBar(total=n_all, desc=what, unit=unit, delay=BAR_EVERY_S)
        self._search.update(n_done - self._search.n)
        if n_done == n_all:
            self._search.close()
            self._search = None

    def _show_compiling(self) -> None:
        if not sys.stderr.isatty():
            click.echo(COMPILING, err=True)
            return
        self._compiling = TerminalBar(desc=COMPILING, bar_format="{desc} [{elapsed}]")
        self._start_clock()

    def _start_clock(self) -> None:
        if not self._clock.is_alive():
            self._clock.start()

    def _show_start(self, n_done: int) -> None:
        n_pending = self.progress().n_variants
        if self._quiet or not n_pending:
            return
        if sys.stderr.isatty():
            self._bar = Bar(self.progress, n_pending)
        else:
            click.echo(f"{count(n_pending, 'variant')} to make, {n_done} done before", err=True)
        self._start_clock()

    def _move(self) -> None:
        if self._bar is not None:
            now = self.progress()
            self._bar.update(now.n_made + now.n_failed - self._bar.n)

    def _tick(self) -> None:
        is_drawn = sys.stderr.isatty()
        while not self._over.wait(BAR_EVERY_S if is_drawn else PLAIN_EVERY_S):
            if not is_drawn:
                self._tell_plainly()
                continue
            # Locked, so that no bar is drawn again that is closed in this moment.
            with tqdm.get_lock():  # type: ignore[no-untyped-call]
                for bar in (self._compiling, self._bar):
                    if bar is not None and not bar.disable:
                        bar.refresh(nolock=True)

    def _tell_plainly(self) -> None:
        now = self.progress()
        n_settled = now.n_made + now.n_failed
        told = f"{n_settled} of {now.n_variants} variants in {now.elapsed_s / 60:.1f} min"
        if now.left_s is not None:
            told += f", about {now.left_s / 60:.1f} min left"
        click.echo(told, err=True)


def _show_variants(image: PlannedImage, records: Sequence[VariantRecord]) -> None:
    """Show a line for each."""
    for record in records:
        variant = f"{image.label} k={record.k} {record.init}"
        told = record.error or f"{record.n_colors} colors, {record.n_iter} iterations"
        tqdm.write(escape(f"{variant}: {told}"), file=sys.stderr)


def fit_names(labels: Sequence[str], columns: int) -> str:
    """Put file names side by side, each once, cut in the middle, and tell how many do not fit."""
    names = list(dict.fromkeys(label.rpartition("/")[2] for label in labels))
    share = max(MIN_NAME, columns // max(1, len(names)) - 2)
    cut = [_cut(name, share) for name in names]
    for n_shown in range(len(cut), 0, -1):
        text = ", ".join(cut[:n_shown]) + (f" +{len(cut) - n_shown}" if n_shown < len(cut) else "")
        if disp_len(text) <= columns:
            return text
    return ""


def _cut(name: str, columns: int) -> str:
    """Cut a name in the middle; a line break in it would break the bar."""
    left = right = escape(name)
    if disp_len(left) <= columns:
        return left
    while disp_len(f"{left}...{right}") > columns:
        if len(left) >= len(right):
            left = left[:-1]
        else:
            right = right[1:]
    return f"{left}...{right}"

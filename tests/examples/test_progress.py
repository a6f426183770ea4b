"""The bar of a terminal."""

from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from test_ledger import IMAGE, VARIANT
from tqdm.utils import disp_len

from batchquant.cli.progress import Bar, ProgressDisplay, TerminalBar, fit_names
from batchquant.cli.tell import COMPILING
from batchquant.run.events import Compiling, Looking, Sharing, Started
from batchquant.run.progress import AtWork, Progress
from batchquant.steps.task import Task

LABELS = [f"photos/IMG_20240716_18152{number}.jpg" for number in range(8)]
BUSY = tuple(AtWork(label, 1.0, 0.0) for label in LABELS)
TASK = Task(0, 0, IMAGE.label, "a.jpg", 0, False, 1, Path(), IMAGE.settings, None, (VARIANT,))
NOW = Progress(32_000, 1234, 0, 300.0, 7_200.0, 5.0, 8, BUSY)


@pytest.fixture
def line():
    """What the bar shows on a terminal of some columns."""

    def show(columns, now=NOW):
        bar = Bar(lambda: now, now.n_variants)
        bar.dynamic_ncols = lambda stream: (columns, 24)
        bar.n = now.n_made
        bar._time = partial(float, bar.start_t)  # however long it takes until it is shown
        return str(bar)

    return show


BEGINNING = "  4%|▎       | 1234/32000 variants [00:00<1:15:05, 247/min] "


def test_80_columns_have_room_for_one_name_of_eight(line):
    assert line(79) == f"{BEGINNING}IMG_20...520.jpg +7"


def test_210_columns_have_room_for_all_eight_cut_in_the_middle(line):
    names = (f"IMG_20...52{number}.jpg" for number in range(8))
    assert line(209) == BEGINNING + ", ".join(names)


@pytest.mark.parametrize("columns", [20, 40, 60, 79, 120, 199])
def test_no_line_is_longer_than_the_terminal(columns, line):
    assert disp_len(line(columns)) <= columns


def test_before_the_first_is_made_nothing_is_promised(line):
    now = Progress(10, 0, 0, 3.0, 5.0, None, 1, BUSY[:1])
    assert line(79, now) == "  0%|        | 0/10 variants [00:00<?, ?/min] IMG_20240716_181520.jpg"


def test_names_are_cut_in_the_middle_and_counted_where_there_is_no_room():
    labels = ["photos/trip/cat.jpg", "photos/IMG_20240716_181522.jpg", "photos/dog.png"]
    assert fit_names(labels, 60) == "cat.jpg, IMG_202...1522.jpg, dog.png"
    assert fit_names(labels, 24) == "cat.jpg +2"


def test_images_that_several_workers_share_stand_once():
    assert fit_names([LABELS[0], LABELS[0], "scans/b.png"], 60) == "IMG_20240716_181520.jpg, b.png"


def test_a_line_break_in_a_name_does_not_break_the_bar():
    assert fit_names(["photos/two\nlines.jpg"], 40) == r"two\nlines.jpg"


def test_wide_characters_count_twice():
    shown = fit_names(["photos/" + "写真" * 10 + ".jpg"], 20)
    assert shown == "写真写真...真.jpg"
    assert disp_len(shown) <= 20


def test_where_not_even_one_fits_there_is_none():
    assert fit_names(LABELS, 5) == ""
    assert fit_names([], 80) == ""


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("following", [Looking(0, 3), Sharing(0, 2), Started(1, 1.0, 0)], ids=str)
def test_what_comes_after_compiling_takes_its_line(following, monkeypatch):
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with ProgressDisplay(quiet=False, verbose=False) as progress:
        progress.hear(Compiling())
        assert terminal.getvalue() == f"\r{COMPILING} [00:00]"
        progress.hear(following)
        assert terminal.getvalue().count(COMPILING) == 1
        assert f"\r{' ' * len(COMPILING)}" in terminal.getvalue()


def test_a_text_longer_than_the_terminal_is_cut():
    bar = TerminalBar(desc=COMPILING, bar_format="{desc} [{elapsed}]", file=Terminal())
    bar.dynamic_ncols = lambda stream: (40, 24)
    assert str(bar) == COMPILING[:40]


def test_what_a_terminal_echoes_behind_the_bar_is_gone_with_it(monkeypatch):
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with ProgressDisplay(quiet=False, verbose=False) as progress:
        progress.hear(Started(len(TASK.variants), TASK.work, 0))
        terminal.write("^C")
    assert terminal.getvalue().endswith("\r\x1b[K")  # to the end of the line


def test_a_pipe_is_told_what_takes_long_before_the_first_picture(monkeypatch, capsys):
    monkeypatch.setattr("batchquant.cli.progress.PLAIN_EVERY_S", -1)
    ProgressDisplay(quiet=True, verbose=False).hear(Looking(3, 20))
    ProgressDisplay(quiet=False, verbose=False).hear(Looking(3, 20))
    ProgressDisplay(quiet=False, verbose=False).hear(Sharing(1, 22))
    assert capsys.readouterr().err == (
        "looking at what is there: 3 of 20 pictures\nfinding shared palettes: 1 of 22 steps\n"
    )

"""Colors are for terminals, and for those who want them."""

import re

import pytest
from terminal import on_terminal

STYLE = re.compile(r"\x1b\[[0-9;]*m")
LONG = "x" * 250 + ".png"


@pytest.fixture
def planned(workplace, photo, monkeypatch):
    """What `plan` says in a pipe, of a picture that cannot be done."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    photo(workplace.path / "photos" / LONG)
    workplace.write_job("inputs: photos\nk: 3\n")
    told = workplace.run("plan", "jobs.yaml").stdout
    assert not STYLE.search(told)
    assert f"Cannot be done: photos/{LONG}: bad_name: " in told
    return told


def in_a_line(shown):
    """The same however wide it was: on a terminal lines are wrapped."""
    return " ".join(shown.split())


@pytest.mark.parametrize("no_color", [None, ""])
def test_a_terminal_shows_colors(planned, no_color, workplace, monkeypatch):
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    code, shown = on_terminal(["plan", "jobs.yaml"], workplace.path)
    assert code == 0
    heading = planned.splitlines()[0]
    assert f"\x1b[1m{heading}\x1b[0m" in shown
    assert f"Cannot be done: \x1b[31mphotos/{LONG}\x1b[0m: bad_name: " in in_a_line(shown)
    assert in_a_line(STYLE.sub("", shown)) == in_a_line(planned)


def test_no_color_is_respected(planned, workplace, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    code, shown = on_terminal(["plan", "jobs.yaml"], workplace.path)
    assert code == 0
    assert in_a_line(shown) == in_a_line(planned)

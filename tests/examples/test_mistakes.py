"""Typical mistakes, and exactly what a person is told: see tests/data/mistakes.txt."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from batchquant.cli.main import commands
from batchquant.cli.outlets import Outlets

TABLE = Path(__file__).parents[1] / "data" / "mistakes.txt"
MISTAKES = re.split(r"\n\n(?=> |\$ )", TABLE.read_text(encoding="utf-8").rstrip("\n"))[1:]


def tell(mistake, folder):
    """Make a mistake, and return it with what is said, as the table has it."""
    before, _, rest = f"\n{mistake}".partition("\n$ ")
    typed = rest.splitlines()[0]
    if job_file := "".join(f"{line[2:]}\n" for line in before.splitlines() if line):
        (folder / "jobs.yaml").write_text(job_file, encoding="utf-8")
    _, *arguments = shlex.split(typed)
    done = CliRunner().invoke(commands, arguments, prog_name="batchquant", obj=Outlets())
    said = done.output.replace(str(folder), "$ROOT")
    return f"{before}\n$ {typed}\n{said}[{done.exit_code}]".strip()


@pytest.fixture
def folder(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a.png", "trip/b.jpg", "c.bmp")):
        photo(tmp_path / "photos" / name, seed=number)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").touch()
    (tmp_path / "broken.jpg").write_text("no picture")
    return tmp_path


def test_there_are_forty():
    assert len(MISTAKES) >= 40
    assert all(re.search(r"\n\[\d+\]$", mistake) for mistake in MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda text: re.search(r"\$ (.*)", text)[1])
def test_a_mistake_is_answered_exactly(mistake, folder):
    assert tell(mistake, folder) == mistake

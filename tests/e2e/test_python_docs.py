"""The Python examples of README: in a real notebook, and before two type checkers."""

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from batchquant import quantize

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
TALKS = [block for block in BLOCKS if block.startswith(">>> ")]
PROGRAMS = [block for block in BLOCKS if not block.startswith(">>> ")]
AWAY = ("class ", "Client(", "DaskEngine")  # of packages and clusters: other tests run these


def said(talk):
    """What a person typed in a talk with Python."""
    lines = (line for line in talk.splitlines() if line.startswith((">>> ", "... ")))
    return "\n".join(line[4:] for line in lines)


@pytest.fixture
def place(tmp_path, photo, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))  # its history is nobody's
    for seed, name in enumerate(("a.png", "b.png")):
        photo(tmp_path / "photos" / name, seed=seed)
    (tmp_path / "jobs.yaml").write_text("inputs: photos\nk: [3, 5]\noutput: from_file\n")
    return tmp_path


def executed(place, cells):
    """Run cells in a kernel of their own, headless."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(place)}}
    ).execute()
    return notebook.cells


def test_all_examples_run_in_a_notebook(place):
    programs = [block for block in PROGRAMS if not any(word in block for word in AWAY)]
    assert len(TALKS) >= 1
    assert len(programs) >= 3
    cells = executed(place, [*map(said, TALKS), *programs])
    assert (place / "out" / "two.png").is_file()
    printed = [output.text for cell in cells for output in cell.outputs if "text" in output]
    assert any("12 0 ()" in text for text in printed)  # of 2 pictures in 6 K
    assert any("psnr_db" in text for text in printed)  # the table


def test_a_notebook_shows_the_picture_and_the_bar(place):
    *_, shown, last = executed(
        place,
        [
            "from batchquant import quantize, quantize_folder",
            "quantize('photos/a.png', 4)",
            "quantize_folder('photos', 4, 'other', workers=2).n_done",
        ],
    )
    (result,) = [each for each in shown.outputs if each.output_type == "execute_result"]
    assert result.data["text/plain"].startswith("<QuantizedPicture: 32 x 24 in 4 colors, ")
    with Image.open(io.BytesIO(base64.b64decode(result.data["image/png"]))) as image:
        expected = quantize(place / "photos" / "a.png", 4).pixels
        assert np.array_equal(image.convert("RGB"), expected)
    told = "".join(output.get("text", "") for output in last.outputs)
    (result,) = [each for each in last.outputs if each.output_type == "execute_result"]
    assert result.data["text/plain"] == "2"
    assert "2/2" in told or any("widget-view" in str(output) for output in last.outputs)


@pytest.fixture
def examples(tmp_path):
    """Each example as a module of its own; what a talk says is one, too."""
    folder = tmp_path / "examples"
    folder.mkdir()
    for number, code in enumerate([*map(said, TALKS), *PROGRAMS]):
        if "archive" not in code.lower() and "Client(" not in code:  # leaves types away
            begin = "" if "import" in code else "from batchquant import read_report\n\n"
            (folder / f"example_{number}.py").write_text(begin + code)
    (folder / "typed.py").write_text(TYPED)
    return folder


TYPED = """
from pathlib import Path
from typing import assert_type

import numpy as np
import pandas as pd
from PIL import Image

from batchquant import (
    JobFile, QuantizedPicture, Summary, load_job, quantize, quantize_folder, read_report, run_job
)

pixels = np.zeros((2, 2, 3), dtype=np.uint8)
assert_type(quantize(pixels, 3), QuantizedPicture)
assert_type(quantize("a.png", [3, 5], seed=None), dict[int, QuantizedPicture])
assert_type(quantize(Path("a.png"), range(3, 9))[3].psnr_db, float)
quantize(pixels / 255, 3, alpha=np.ones((2, 2)), init=np.zeros((3, 3)))
found = quantize(Image.new("RGB", (2, 2)), np.int64(3).item())
assert_type(found.image, Image.Image)
assert_type(found.save("a.png"), Path)
assert_type(quantize_folder("photos", 3), Summary)
quantize_folder([Path("photos"), "more"], [3, "5..9"], Path("out"), formats=["png", "pdf"], seed=7)
assert_type(load_job({"inputs": "photos", "k": 3}), JobFile)
assert_type(run_job("jobs.yaml"), Summary)
assert_type(read_report("out", as_frame=True), pd.DataFrame)
assert_type(read_report("out")[0]["k"], str | int | float | bool | None)
"""


def test_mypy_finds_nothing_in_the_examples(examples):
    environment = os.environ | {"MYPYPATH": str(REPOSITORY)}
    # What `make check` has looked at is not looked at again.
    as_there = ["--config-file", REPOSITORY / "pyproject.toml"]
    as_there += ["--cache-dir", REPOSITORY / ".mypy_cache"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *as_there, "."],
        cwd=examples,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_finds_nothing_in_the_examples(examples):
    pyright = [sys.executable, "-m", "pyright"]
    told = subprocess.run([*pyright, "--version"], capture_output=True, text=True, check=False)
    if told.returncode:  # its package on PyPI fetches the program when it is called first
        pytest.skip("pyright cannot be fetched from npm's registry")
    done = subprocess.run(
        [*pyright, "--pythonpath", sys.executable, "."],
        cwd=examples,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

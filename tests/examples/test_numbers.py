"""One dialect for numbers of colors: in job files, behind -k and where they are asked."""

from pathlib import Path

import pytest

from batchquant import load_job
from batchquant.errors import UsageError
from batchquant.jobfile import Override, read_k

FORMS = [
    ("5", (5,)),
    ("3,5,7", (3, 5, 7)),
    ("3, 5 ,7", (3, 5, 7)),
    ("3..11:2", (3, 5, 7, 9, 11)),
    ("3..5,16..64:16", (3, 4, 5, 16, 32, 48, 64)),
    ("7,3,3", (3, 7)),
    ("1..4096:4095", (1, 4096)),
]
WRONG = [
    ("0", ""),
    ("3-9", "Did you mean 3..9?"),
    ("9..3", "Did you mean 3..9?"),
    ("3 5 7", "Did you mean 3,5,7?"),
    ("3..9:0", ""),
    ("4097", ""),
    ("five", ""),
    ("", ""),
    ("3,", ""),
    ("2.5", ""),
    ("1" * 5000, ""),
]


def load(k):
    Path("jobs.yaml").write_text(f"inputs: .\nk: {k}\n", encoding="utf-8")
    return load_job("jobs.yaml").jobs[0].k


@pytest.mark.parametrize(("text", "numbers"), FORMS)
def test_all_ways_mean_the_same(text, numbers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_k("-k", [text]) == read_k("-k", text.split(",")) == numbers
    assert load(text) == load(f'"{text}"') == load(f"[{text}]") == load(f"['{text}']") == numbers
    override = Override.of("-s", f"k={text}")
    assert load_job("jobs.yaml", overrides=[override]).jobs[0].k == numbers


@pytest.mark.parametrize(("text", "mend"), WRONG)
def test_what_is_no_number_of_colors_is_told(text, mend):
    with pytest.raises(UsageError) as caught:
        read_k("-k", ["3", text])
    told = str(caught.value)
    assert told.startswith(f"-k {text}: {text!r} does not work here. {mend}")
    assert told.endswith("Write whole numbers from 1 to 4096, such as 5, 3,5,7 or 3..11:2.")

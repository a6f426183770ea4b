"""Numbers of colors as people write them: in a job file, behind -k, and when they are asked."""

import re
from collections.abc import Iterable

from batchquant.errors import UsageError

MAX_K = 4096
K_EXPECTED = f"whole numbers from 1 to {MAX_K}, such as 5, 3,5,7 or 3..11:2"
ONE = r"[0-9]{1,9}(?:\.\.[0-9]{1,9}(?::[0-9]{1,9})?)?"
K_PATTERN = rf"{ONE}(?: *, *{ONE})*"
PARTS = re.compile(r"([0-9]+)(?:\.\.([0-9]+)(?::([0-9]+))?)?")


class NumbersError(ValueError):
    """Text that is no number of colors; `mend` may say what was meant."""

    def __init__(self, mend: str = "") -> None:
        super().__init__(mend)
        self.mend = mend


def expand_k(value: object) -> tuple[int, ...]:
    """Turn ``16``, ``"3,5,7"`` or ``"16..32:8"`` into the numbers it means.

    >>> expand_k("3..11:4, 16")
    (3, 7, 11, 16)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        ranges = [(value, value, 1)]
    elif isinstance(value, str) and re.fullmatch(K_PATTERN, value.strip()):
        found = (PARTS.fullmatch(part.strip()) for part in value.split(","))
        ranges = [(int(m[1]), int(m[2] or m[1]), int(m[3] or 1)) for m in found if m]
    else:
        raise NumbersError(_meant(value) if isinstance(value, str) else "")
    for first, last, step in ranges:
        if 1 <= last < first <= MAX_K and step:
            raise NumbersError(f"Did you mean {last}..{first}?")
        if not (1 <= first <= last <= MAX_K and step):
            raise NumbersError
    return tuple(k for first, last, step in ranges for k in range(first, last + 1, step))


def read_k(option: str, texts: Iterable[str]) -> tuple[int, ...]:
    """Read what stands behind an option that may be repeated; raises UsageError."""
    numbers = set[int]()
    for text in texts:
        try:
            numbers.update(expand_k(text))
        except NumbersError as error:
            mend = f"{error.mend} " if error.mend else ""
            told = f"{option} {text}: {text!r} does not work here. {mend}Write {K_EXPECTED}."
            raise UsageError(told) from None
    return tuple(sorted(numbers))


def _meant(text: str) -> str:
    """Guess what was meant, by the signs between numbers."""
    text = text.strip()
    meant = ""
    if match := re.fullmatch(r"([0-9]+) *(?:-|:|\.{3}|to) *([0-9]+)", text):
        meant = f"{match[1]}..{match[2]}"
    elif re.fullmatch(r"\[?[0-9]+([ ,;]+[0-9]+)*\]?", text):
        meant = ",".join(re.findall("[0-9]+", text))
    return f"Did you mean {meant}?" if re.fullmatch(K_PATTERN, meant) else ""

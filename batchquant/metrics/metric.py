"""What a figure of a variant is. Each is one class, in a file beside this one."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from batchquant.quantization.color.pairs import Pairs

__all__ = ["Metric", "Pairs"]


class Metric(ABC):
    """A figure that is computed of what pixels are, and what they are shown as.

    Attributes
    ----------
    name : str
        Of its column in report and ledger, and of its key in ``target``.
    version : int
        Raised when the same pairs give another figure than before: it is then computed again.
    title : str
        What a person calls it.
    symbol, unit : str
        What stands before and behind its value; may be empty.
    doc : str
        What it is, for README and the schema of job files.
    better : {'lower', 'higher'}
        Which way a picture comes closer.
    bounds : tuple of float
        Between which values a target may lie, without the end that every picture reaches; a figure
        of an exact copy may lie beyond.
    digits : int
        Behind the point, where a person reads it.
    in_srgb : bool
        Whether colors under a color profile are converted to sRGB first.
    is_told : bool
        Whether it stands beside each picture on contact sheets.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[str]
    symbol: ClassVar[str] = ""
    unit: ClassVar[str] = ""
    doc: ClassVar[str]
    better: ClassVar[Literal["lower", "higher"]]
    bounds: ClassVar[tuple[float, float]]
    digits: ClassVar[int] = 1
    in_srgb: ClassVar[bool] = False
    is_told: ClassVar[bool] = False

    @abstractmethod
    def compute(self, pairs: Pairs) -> float:
        """Return the figure; the same however a picture is divided into pairs. May be infinite."""

    def is_met(self, value: float, goal: float) -> bool:
        """Tell whether a value is as good as a goal."""
        return value <= goal if self.better == "lower" else value >= goal

    def is_goal(self, value: float) -> bool:
        """Tell whether a value can be a target: within bounds, and not met by whatever there is."""
        low, high = self.bounds
        if self.better == "lower":
            return low <= value < high
        return low < value <= high

    @property
    def goals(self) -> str:
        """What values can be a target, for people: ``a number above 0, up to 100``."""
        low, high = self.bounds
        words = ("from", "below") if self.better == "lower" else ("above", "up to")
        ends = [f"{word} {end:g}" for word, end in zip(words, (low, high), strict=True)]
        return f"a number {', '.join(end for end in ends if not end.endswith('inf'))}"

    def name_value(self, value: float) -> str:
        """Say a value as a goal, with all digits that it has: ``32 dB``."""
        return self._dress(f"{value:g}")

    def tell(self, value: float) -> str:
        """Say a value for people, rounded: ``31.2 dB``."""
        return self._dress(f"{value:.{self.digits}f}") if math.isfinite(value) else "exact"

    def _dress(self, number: str) -> str:
        before = self.symbol or ("" if self.unit else self.title)
        return " ".join(filter(None, (before, number, self.unit)))

"""How close is close enough."""

from dataclasses import dataclass

from batchquant.metrics.registry import metrics


@dataclass(frozen=True, slots=True)
class Target:
    """What a picture is to reach.

    Attributes
    ----------
    metric : str
        Name of the figure.
    value : float
        What it shall be, or better.
    """

    metric: str
    value: float

    def __post_init__(self) -> None:
        if self.metric not in metrics():  # of an extension that is not there any more
            raise ValueError(f"metric: found {self.metric!r}, expected {', '.join(metrics())}")

    def is_met(self, value: float | None) -> bool:
        """Tell whether a figure is good enough; one that is not known is not."""
        return value is not None and metrics()[self.metric].is_met(value, self.value)

    @property
    def condition(self) -> str:
        """As a job file has it, and which way is better: ``psnr_db ≥ 32``, ``delta_e ≤ 2``."""
        sign = "≤" if metrics()[self.metric].better == "lower" else "≥"
        return f"{self.metric} {sign} {self.value:g}"

    @property
    def phrase(self) -> str:
        """What a person calls it: ``32 dB``, ``ΔE 2``."""
        return metrics()[self.metric].name_value(self.value)

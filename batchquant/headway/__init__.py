"""How far a run has come, and how long the rest will take."""

from batchquant.headway.records import AtWork, Headway
from batchquant.headway.tracker import Tracker

__all__ = ["AtWork", "Headway", "Tracker"]

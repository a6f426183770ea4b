"""How far a run has come, and how long the rest will take."""

from batchquant.headway.now import NOW_FILE, Now, NowFile, read_now
from batchquant.headway.records import AtWork, Headway
from batchquant.headway.tracker import Tracker

__all__ = ["NOW_FILE", "AtWork", "Headway", "Now", "NowFile", "Tracker", "read_now"]

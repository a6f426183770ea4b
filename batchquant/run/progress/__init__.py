"""How far a run has come, and how long the rest will take."""

from batchquant.run.progress.now import NOW_FILE, Now, NowFile, read_now
from batchquant.run.progress.records import AtWork, Progress
from batchquant.run.progress.tracker import Tracker

__all__ = ["NOW_FILE", "AtWork", "Now", "NowFile", "Progress", "Tracker", "read_now"]

"""The record of what was done; it tells what is left to do, and why."""

from batchquant.ledger.opening import OF_THE_RECORD
from batchquant.ledger.reasons import (
    Reason,
    amiss,
    reason_to_make,
)
from batchquant.ledger.records import (
    Key,
    Output,
    OverviewRecord,
    VariantRecord,
    key_of,
    record_of,
    records_of,
)
from batchquant.ledger.review import Review, Unsettled, review, review_output
from batchquant.ledger.store import LEDGER, Ledger, find_ledger

__all__ = [
    "LEDGER",
    "OF_THE_RECORD",
    "Key",
    "Ledger",
    "Output",
    "OverviewRecord",
    "Reason",
    "Review",
    "Unsettled",
    "VariantRecord",
    "amiss",
    "find_ledger",
    "key_of",
    "reason_to_make",
    "record_of",
    "records_of",
    "review",
    "review_output",
]

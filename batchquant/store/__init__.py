"""The record of what was done."""

from batchquant.store.drawn import OverviewRecord
from batchquant.store.ledger import LEDGER, Ledger, find_ledger
from batchquant.store.opening import OF_THE_RECORD
from batchquant.store.records import Key, Output, VariantRecord, key_of, record_of, records_of

__all__ = [
    "LEDGER",
    "OF_THE_RECORD",
    "Key",
    "Ledger",
    "Output",
    "OverviewRecord",
    "VariantRecord",
    "find_ledger",
    "key_of",
    "record_of",
    "records_of",
]

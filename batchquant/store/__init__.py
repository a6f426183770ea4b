"""The record of what was done."""

from batchquant.files.layout import LEDGER
from batchquant.store.drawn import OverviewRecord
from batchquant.store.ledger import Ledger
from batchquant.store.opening import OF_THE_RECORD
from batchquant.store.records import Key, Output, VariantRecord, key_of, record_of, records_of
from batchquant.store.store import IN_RUN_FOLDER, Store, expect_ledger

__all__ = [
    "IN_RUN_FOLDER",
    "LEDGER",
    "OF_THE_RECORD",
    "Key",
    "Ledger",
    "Output",
    "OverviewRecord",
    "Store",
    "VariantRecord",
    "expect_ledger",
    "key_of",
    "record_of",
    "records_of",
]

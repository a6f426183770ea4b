"""The record of what was done; it tells whether a variant is done."""

from batchquant.ledger.records import (
    Key,
    VariantRecord,
    is_settled,
    key_of,
    record_of,
    records_of,
)
from batchquant.ledger.store import Ledger

__all__ = [
    "Key",
    "Ledger",
    "VariantRecord",
    "is_settled",
    "key_of",
    "record_of",
    "records_of",
]

"""Ledger, report and outputs → what of them does not agree."""

from batchquant.check.output import Verification, verify_output

__all__ = ["Verification", "verify_output"]

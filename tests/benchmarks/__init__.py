"""Measures batchquant against what people use today: ``make bench``. Not part of the test suite."""

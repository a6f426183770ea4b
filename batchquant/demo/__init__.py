"""The sample pictures."""

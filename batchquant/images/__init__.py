"""Bytes of image files ↔ pixel arrays."""

"""Since when pictures are read as they are: an upgrade makes only those again that were wrong."""

DECODER = 2
"""Stands in what is done. Raised with any change of what a picture looks like, or of which are
read: what was unreadable is tried once more. The first edition has none."""
ALPHA_WEIGHS = 2  # since then a pixel counts by its alpha, where that is soft
PALETTES_ARE_SRGB = 2  # since then color codes of pictures with a profile are
MENDED = 2  # since then `batchquant.images.read.mended` is shown as it should be
FIRST = 1

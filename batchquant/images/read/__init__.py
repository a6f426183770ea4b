"""Bytes of image files → pictures, as a person sees them."""

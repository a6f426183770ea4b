"""Pixels as colors: how often each occurs, and what they are worth to the eye. numpy only."""

Color = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

"""K-Means on weighted points. Knows nothing of colors, pictures or files."""

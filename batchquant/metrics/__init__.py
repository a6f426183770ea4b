"""Figures of a variant: a file for each, and the registry that all else follows."""

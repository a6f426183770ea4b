"""How an output folder is laid out."""

RUN_FOLDER = "_run"
"""Folder of the output tree for all that has a clock or this machine in it."""

"""How an output folder is laid out."""

RUN_FOLDER = "_run"
"""Folder of the output tree for all that has a clock or this machine in it."""
LEDGER = f"{RUN_FOLDER}/ledger.sqlite"
"""What was done, and by what an output folder is known."""
PALETTE_FOLDER = "_palette"
"""Folder beside the outputs of pictures that share a palette."""

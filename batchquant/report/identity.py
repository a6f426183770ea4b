"""What tells one output folder from all others: a word of chance in a file of its own."""

import re
import secrets
from pathlib import Path

from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.whole import publish

IDENTITY_FILE = "id"
_WRITTEN = re.compile(rb"[0-9a-f]{16}\n")


def read_identity(output: Path) -> str:
    """Return the word; empty where there is none yet."""
    try:
        content = read_regular(output / RUN_FOLDER / IDENTITY_FILE)
    except OSError:  # no reason to end a night with an error
        return ""
    return content.decode().strip() if _WRITTEN.fullmatch(content) else ""


def identify(output: Path) -> str:
    """Return the word, which is made up where there is none yet."""
    identity = read_identity(output)
    if not identity:
        identity = secrets.token_hex(8)
        publish(output / RUN_FOLDER / IDENTITY_FILE, f"{identity}\n".encode())
    return identity

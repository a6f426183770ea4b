"""Content → what it is recognized by."""

import hashlib
from pathlib import Path

from batchquant.files.opening import open_regular

OUTPUT_BYTES = 8  # so that a task's result stays small; against decay of disks it is plenty


def digest_of(content: bytes) -> bytes:
    """Digest an output: 64 bits of BLAKE2b, as 8 bytes."""
    return hashlib.blake2b(content, digest_size=OUTPUT_BYTES).digest()


def digest_of_file(path: Path) -> bytes:
    """Digest an output without holding it in memory; raises OSError if it is no regular file."""
    with open_regular(path) as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=OUTPUT_BYTES))
    return digest.digest()

"""What the start of a variant is drawn with."""

import hashlib
import json


def derive_seed(job_seed: int, digest: str, frame: int, k: int, init: str) -> int:
    """Derive the 32 bits that a variant's start is drawn with; `digest` is the source's SHA-256.

    Order, clock, path, worker count and output formats play no part.
    """
    content = json.dumps([job_seed, digest, frame, k, init], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:4], "big")

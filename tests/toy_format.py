"""A kind of output that a package adds: palette, indices and all, as JSON."""

import json

import numpy as np

from batchquant.formats.format import Format, Painted


class Toy(Format):
    """Gives everything back that was painted."""

    kind, suffix, noun = "toy", ".toy", "toy file"

    def encode(self, painted, name, settings):
        alpha = None if painted.alpha is None else painted.alpha.tolist()
        profile = painted.icc_profile and painted.icc_profile.hex()
        content = {
            "indices": painted.indices.tolist(),
            "palette": painted.palette.tolist(),
            "counts": painted.counts.tolist(),
            "unit": painted.unit,
            "alpha": alpha,
            "profile": profile,
            "dpi": painted.dpi,
        }
        return json.dumps(content, sort_keys=True).encode()

    def is_exact(self, painted):
        return True

    def read(self, content):
        told = json.loads(content)
        return Painted(
            np.array(told["indices"], np.uint8),
            np.array(told["palette"], np.uint8).reshape(-1, 3),
            np.array(told["counts"], np.int64),
            told["unit"],
            None if told["alpha"] is None else np.array(told["alpha"], np.uint8),
            told["profile"] and bytes.fromhex(told["profile"]),
            told["dpi"] and tuple(told["dpi"]),
        )

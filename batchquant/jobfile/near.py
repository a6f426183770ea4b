"""What somebody typed → the word of ours that is meant."""

import difflib
from collections.abc import Iterable

SAID_ELSEWHERE = {
    "k": "color colors colour colours n_color n_colors n_colours num_colors number_of_colors"
    " cluster clusters n_clusters num_clusters ks palette_size",
    "init": "initialization initialisation initializer method methods start starts"
    " start_method seeding",
    "inputs": "folder folders source sources src images image pictures picture photos paths files",
    "output": "out out_dir outdir output_dir output_folder destination dest target_dir",
    "formats": "file_format file_formats type output_format output_formats extension",
    "n_init": "restarts runs attempts n_restarts repeats",
    "max_iter": "iterations max_iterations n_iter iter maxiter",
    "tol": "tolerance epsilon eps threshold",
    "seed": "random_state random_seed rng",
    "dither": "dithering",
    "reduce": "resize size max_size scale width longest_side thumbnail",
    "color_space": "space colour_space colorspace",
    "color_profile": "profile icc",
    "alpha": "transparency",
    "max_pixels": "max_megapixels",
    "memory": "ram max_memory",
    "sheet": "contact_sheet overview sheets",
    "shared_palette": "common_palette global_palette",
    "palette_files": "palettes palette_formats",
    "pin": "keep_colors fixed_colors",
    "report": "csv reports",
}
"""What other programs call keys of ours, and what comes to mind."""
KEY_OF = {word: key for key, words in SAID_ELSEWHERE.items() for word in words.split()}
OF_WORKERS = frozenset({"workers", "threads", "n_jobs", "processes", "cores"})
"""What is no key, but an option of the command."""


WORDS = {
    "tif": "tiff",
    "fs": "floyd-steinberg",
    "floyd": "floyd-steinberg",
    "ordered": "bayer",
    "kmeans": "kmeans++",
    "k-means": "kmeans++",
    "rgb": "srgb",
    "lab": "oklab",
}
"""Words that stand for values of ours elsewhere."""
LOSSY = frozenset({"jpg", "jpeg", "avif", "heic"})


def near_match(value: object, choices: Iterable[str]) -> list[str]:
    """Guess which of some words was meant."""
    if not isinstance(value, str | None):
        return []
    choices, word = list(choices), str(value).lower()
    if WORDS.get(word) in choices:
        return [f"Did you mean {WORDS[word]!r}?"]
    if word in LOSSY and "webp" in choices:
        return ["That would not hold the colors exactly: take 'png' or 'webp'."]
    # Nothing, "None" to Python, is near 'none', which is a word and not YAML's null.
    close = difflib.get_close_matches(word, choices, n=1)
    return [f"Did you mean {close[0]!r}?"] if close else []


def near_key(key: str, known: Iterable[str]) -> str:
    """Say which key was meant, by its letters or by what other programs call it; or nothing.

    >>> near_key("n_clusters", ["k", "init"]), near_key("inti", ["k", "init"])
    ("Did you mean 'k'?", "Did you mean 'init'?")
    """
    known = list(known)
    word = key.lower().replace("-", "_").replace(" ", "_")
    if word in OF_WORKERS:
        return "That is an option of the command: batchquant run -j N."
    if KEY_OF.get(word) in known:
        return f"Did you mean {KEY_OF[word]!r}?"
    return " ".join(near_match(word, known))

"""What report and page have to say anew."""

import sqlite3

import pytest

from batchquant.store.reported import read_reported
from batchquant.store.schema import TABLES

CHUNK = 2  # images


@pytest.fixture
def connection():
    """A ledger with a photo and four frames of a film: three chunks."""
    ledger = sqlite3.connect(":memory:")
    for statement in TABLES:
        ledger.execute(statement)
    images = [("a.png", 0), *(("film.gif", frame) for frame in range(4))]
    for position, (image, frame) in enumerate(images):
        row = {"image": image, "frame": frame, "directory": f"night/photos/{image}"}
        other = {"position": position, "job": "night", "folder": "photos"}
        number = dict.fromkeys(("sweep", "takes_all", "size_bytes", "since", "drawn_since"), 0)
        text = dict.fromkeys(("place", "base", "mtime_ns"), "")
        content = row | other | number | text | dict.fromkeys(("path", "relative"), b"")
        names = ", ".join(content)
        places = ", ".join("?" * len(content))
        ledger.execute(f"INSERT INTO pictures ({names}) VALUES ({places})", [*content.values()])
    yield ledger
    ledger.close()


@pytest.mark.parametrize(
    ("named", "stale"),
    [
        (("night", "photos", "a.png", 0, ""), {0}),
        (("night", "photos", "film.gif", 3, ""), {2}),
        (("night", "", "night/photos/film.gif", 0, "animation"), {0, 1, 2}),
        (("day", "", "night/photos/film.gif", 0, "animation"), set()),
        (("night", "", "", 0, ""), set()),  # the book
    ],
)
def test_what_is_drawn_makes_those_stale_that_it_shows(connection, named, stale):
    connection.execute(
        "INSERT INTO overviews (job, folder, image, frame, step, fingerprint, elapsed_s)"
        " VALUES (?, ?, ?, ?, ?, 'f', 0)",
        named,
    )
    assert read_reported(connection, CHUNK).stale == stale

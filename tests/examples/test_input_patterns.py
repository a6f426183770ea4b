"""Inputs such as ``photos/*.png``."""

from pathlib import Path

import pytest

from batchquant import load_job, plan_job
from batchquant.errors import JobFileError

FILES = ["a.png", "b.PNG", "c.jpg", "trip/d.png", "trip/deep/e.png", "x[1]/f.png", "notes.txt"]


@pytest.fixture(autouse=True)
def photos(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(FILES[:-1]):
        photo(tmp_path / "photos" / name, seed=number)
    (tmp_path / "photos" / "notes.txt").touch()


def images(inputs):
    Path("jobs.yaml").write_text(f"inputs: {inputs}\nk: 3\n", encoding="utf-8")
    return [f"{image.folder}/{image.image}" for image in plan_job(load_job("jobs.yaml")).images]


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ("photos/*.png", ["photos/a.png", "photos/b.PNG"]),
        ("./photos/?.jpg", ["photos/c.jpg"]),
        ("photos/**/[de].png", ["photos/trip/d.png", "photos/trip/deep/e.png"]),
        ("photos/*/d.png", ["photos/trip/d.png"]),
        ("photos/t*", ["photos/trip/d.png", "photos/trip/deep/e.png"]),
        ("[photos/*.jpg, photos/a*]", ["photos/a.png", "photos/c.jpg"]),
        ("{path: photos/**/*.png, exclude: trip/}", None),
        ("{path: photos, only: [/*.jpg, trip/deep/]}", ["photos/c.jpg", "photos/trip/deep/e.png"]),
        ("{path: photos/*.jpg, name: mine}", ["mine/c.jpg"]),
        ('"photos/x[1]"', ["x[1]/f.png"]),
    ],
)
def test_a_pattern_means_files_of_its_folder(inputs, found):
    found = found or ["photos/a.png", "photos/b.PNG", "photos/x[1]/f.png"]
    assert sorted(images(inputs)) == found


def test_a_pattern_begins_at_the_job_file_or_at_the_root(tmp_path):
    assert images(f"{tmp_path}/photos/*.jpg") == ["photos/c.jpg"]


def test_a_pattern_is_told_once():
    told = r"inputs.path: this is a pattern, and there is only, too\."
    with pytest.raises(JobFileError, match=told):
        images("{path: photos/*.png, only: a.png}")


def test_the_folder_of_a_pattern_has_to_be_there():
    with pytest.raises(
        JobFileError, match=r"fotos: no such file or directory\. Did you mean photos\?"
    ):
        images("fotos/*.png")

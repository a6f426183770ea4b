import os
from pathlib import Path

import pytest

from batchquant.sources.local import LOST_LINK
from batchquant.sources.patterns import Patterns
from batchquant.sources.search import find_images

SUFFIXES = frozenset({".jpg", ".png"})


@pytest.fixture
def tree(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        return tmp_path / "photos"

    return make


def names(root, **options):
    return [file.relative for file in find_images(str(root), suffixes=SUFFIXES, **options).files]


def test_files_are_found_recursively_and_sorted(tree):
    root = tree("b.jpg", "a/z.png", "a/b/c.JPG", "Z.png")
    assert names(root) == ["Z.png", "a/b/c.JPG", "a/z.png", "b.jpg"]


def test_size_and_time_are_noted(tree):
    root = tree("a.jpg")
    os.utime(root / "a.jpg", ns=(1, 1_700_000_000_123_456_789))
    (file,) = find_images(str(root), suffixes=SUFFIXES).files
    assert (file.size_bytes, file.place) == (1, str(root / "a.jpg"))
    assert file.mtime_ns == (root / "a.jpg").stat().st_mtime_ns


def test_hidden_files_and_folders_are_left_out(tree):
    assert names(tree("a.jpg", ".b.jpg", ".git/c.jpg", "d/.e/f.jpg")) == ["a.jpg"]


def test_other_endings_are_left_out_and_told(tree):
    found = find_images(
        str(tree("a.jpg", "b.txt", "c.TXT", "d/e.mp4", "README")), suffixes=SUFFIXES
    )
    assert sorted(Path(place).name for place in found.left_out) == ["b.txt", "c.TXT", "e.mp4"]


def test_what_is_a_picture_without_its_ending_is_taken(tree):
    root = tree("a.jpg", "scan", "README", ".hidden", ".folder/scan", "c.txt", "d.raw")
    asked = []

    def is_picture(file):
        asked.append(file.relative)
        return file.relative in {"scan", "d.raw"}

    assert names(root, is_picture=is_picture) == ["a.jpg", "d.raw", "scan"]
    assert sorted(asked) == ["README", "c.txt", "d.raw", "scan"]
    assert names(root, is_picture=None, include=["*.jpg"]) == ["a.jpg"]
    assert names(root, is_picture=is_picture, exclude=["scan"]) == ["a.jpg", "d.raw"]


def test_the_output_folder_is_left_out(tree):
    root = tree("a.jpg", "out/photos/a.jpg/a_k003.png", "outer/b.jpg")
    assert names(root, leave_out=str(root / "out")) == ["a.jpg", "outer/b.jpg"]


def test_include_decides_alone(tree):
    root = tree("a.jpg", "b.png", "c.raw", "d/e.raw")
    assert names(root, include=["*.raw"]) == ["c.raw", "d/e.raw"]
    assert names(root, include=["/*.raw", "*.png"]) == ["b.png", "c.raw"]


def test_exclude_takes_away(tree):
    root = tree("a.jpg", "drafts/b.jpg", "x/Drafts/c.jpg", "x/drafts.jpg", "x/d.jpg")
    assert names(root, exclude=["drafts/"]) == ["a.jpg", "x/d.jpg", "x/drafts.jpg"]
    assert names(root, exclude=["x/**", "!x/d.jpg"]) == ["a.jpg", "drafts/b.jpg", "x/d.jpg"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.jpg", "a.jpg", True),
        ("*.jpg", "a/b/c.jpg", True),
        ("*.JPG", "c.jpg", True),
        ("*.jpg", "C.JPG", True),
        ("/*.jpg", "a/c.jpg", False),
        ("a/*.jpg", "a/c.jpg", True),
        ("a/*.jpg", "b/a/c.jpg", False),
        ("a/**/c.jpg", "a/b/b/c.jpg", True),
        ("drafts/", "drafts/", True),
        ("drafts/", "a/drafts/", True),
        ("drafts/", "drafts", False),
        ("[ab].png", "b.png", True),
    ],
)
def test_patterns_mean_what_they_mean_in_gitignore(pattern, path, matches):
    assert Patterns([pattern]).match(path) is matches


def test_what_lies_in_an_excluded_folder_stays_out_as_for_git(tree):
    root = tree("drafts/keep.jpg", "a.jpg")
    assert names(root, exclude=["drafts/", "!keep.jpg"]) == ["a.jpg"]
    assert names(root, exclude=["drafts", "!drafts/keep.jpg"]) == ["a.jpg"]
    assert names(root, exclude=["drafts/*", "!drafts/keep.jpg"]) == ["a.jpg", "drafts/keep.jpg"]


@pytest.mark.parametrize("pattern", ["!", "\\", "[z-a]", "[[:alpha:]", "#1.jpg", " "])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match="no pattern"):
        Patterns([pattern])


def test_a_single_file_is_taken_whatever_its_ending(tree):
    root = tree("scan.raw")
    assert names(root / "scan.raw") == ["scan.raw"]


def test_a_loop_of_links_is_harmless(tree):
    root = tree("a.jpg", "sub/b.jpg")
    (root / "sub" / "loop").symlink_to(root, target_is_directory=True)
    (root / "self").symlink_to("self")
    assert names(root) == ["a.jpg", "sub/b.jpg"]


def test_a_file_reached_twice_counts_once_in_its_own_place(tree):
    root = tree("real/b.jpg", "z.jpg")
    (root / "a-link").symlink_to(root / "real", target_is_directory=True)
    (root / "0.jpg").symlink_to(root / "z.jpg")
    assert names(root) == ["real/b.jpg", "z.jpg"]


def test_links_that_lead_outside_are_followed(tree, tmp_path):
    root = tree("a.jpg")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.jpg").write_bytes(b"x")
    (root / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(root) == ["a.jpg", "link/b.jpg"]


def test_hard_links_are_files_of_their_own(tree):
    root = tree("a.jpg")
    os.link(root / "a.jpg", root / "b.jpg")
    assert names(root) == ["a.jpg", "b.jpg"]


def test_links_into_the_output_folder_are_left_out(tree):
    root = tree("a.jpg", "out/b.jpg")
    (root / "link.jpg").symlink_to(root / "out" / "b.jpg")
    (root / "link").symlink_to(root / "out")
    assert names(root, leave_out=str(root / "out")) == ["a.jpg"]


def test_only_regular_files_are_taken(tree):
    root = tree("a.jpg")
    os.mkfifo(root / "pipe.jpg")
    (root / "link.jpg").symlink_to(root / "pipe.jpg")
    (root / "zero.jpg").symlink_to("/dev/zero")
    assert names(root) == ["a.jpg"]


def test_a_link_to_nothing_is_told(tree):
    root = tree("a.jpg")
    (root / "gone.jpg").symlink_to(root / "missing.jpg")
    found = find_images(str(root), suffixes=SUFFIXES)
    assert [file.relative for file in found.files] == ["a.jpg"]
    assert found.unreadable == (("gone.jpg", LOST_LINK),)
    assert found.reasons("photos") == [
        "photos/gone.jpg: cannot be read: it is a link, and what it leads to is not there"
    ]


def test_output_folders_of_other_runs_hold_no_pictures_to_work_on(tree):
    root = tree("a.jpg", "out/photos/a.jpg/a_k003.png", "out/_run/ledger.sqlite", "b/_run/c.png")
    assert names(root) == ["a.jpg", "b/_run/c.png"]
    assert names(root / "out") == ["photos/a.jpg/a_k003.png"]  # named itself, it is meant


def test_the_order_of_the_file_system_does_not_matter(tree, monkeypatch):
    root = tree("b.jpg", "a/z.png", "a/b/c.jpg", "Z.png", "k/l/m/n.jpg")
    (root / "link").symlink_to(root / "a", target_is_directory=True)
    expected = find_images(str(root), suffixes=SUFFIXES)

    class Reversed:
        def __init__(self, path):
            self._listing = listdir(path)

        def __enter__(self):
            return reversed(list(self._listing))

        def __exit__(self, *error):
            self._listing.close()

    listdir = os.scandir
    monkeypatch.setattr(os, "scandir", Reversed)
    assert find_images(str(root), suffixes=SUFFIXES) == expected

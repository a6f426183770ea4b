import errno
import os
import stat
from pathlib import Path

import pytest

from batchquant.errors import ImageError, StorageError
from batchquant.files import (
    bringing,
    inside,
    publish,
    publish_changed,
    publish_output,
    sweep_parts,
    why_blocked,
)


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_folders_are_made_and_the_content_is_whole(tmp_path):
    path = tmp_path / "a" / "b" / "c.png"
    publish(path, b"content")
    assert path.read_bytes() == b"content"
    assert names(path.parent) == ["c.png"]


def test_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "a.png"
    publish(path, b"old and longer")
    publish(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_umask_applies(tmp_path):
    before = os.umask(0o027)
    try:
        publish(tmp_path / "a.png", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


def test_content_is_on_the_disk_before_the_name(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append("fsync"))
    replace = type(tmp_path).replace

    def replaced(self, target):
        done.append("rename")
        return replace(self, target)

    monkeypatch.setattr(type(tmp_path), "replace", replaced)
    publish(tmp_path / "a.png", b"x")
    assert done == ["fsync", "rename", "fsync"]


def test_a_folder_that_another_process_has_just_made_is_made_durable_once(tmp_path, monkeypatch):
    (tmp_path / "photos" / "a").mkdir(parents=True)
    synced = []
    monkeypatch.setattr(bringing, "_sync_folder", synced.append)
    publish_output(tmp_path, "photos/a/1.png", b"x", may_replace=True)
    assert synced == [tmp_path / "photos" / "a", tmp_path / "photos", tmp_path]
    publish_output(tmp_path, "photos/a/2.png", b"x", may_replace=True)
    assert synced[3:] == [tmp_path / "photos" / "a"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_storage_trouble_harms_nothing(code, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    publish(path, b"old")

    def fail(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match=os.strerror(code)):
        publish(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.png"]


def test_a_file_where_a_folder_should_be_is_storage_trouble(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        publish(tmp_path / "a" / "b.png", b"x")


def test_a_name_too_long_is_no_storage_trouble(tmp_path):
    with pytest.raises(ImageError, match=r"^bad_name: .*File name too long"):
        publish(tmp_path / ("x" * 300), b"x")


def test_a_name_as_long_as_possible_works(tmp_path):
    publish(tmp_path / ("x" * 255), b"x")
    assert names(tmp_path) == ["x" * 255]


def test_an_unchanged_file_is_left_alone(tmp_path):
    path = tmp_path / "report.csv"
    publish_changed(path, b"a")
    os.utime(path, (1, 1))
    publish_changed(path, b"a")
    assert path.stat().st_mtime == 1
    publish_changed(path, b"b")
    assert path.read_bytes() == b"b"


def test_only_parts_are_swept(tmp_path):
    (tmp_path / "sub").mkdir()
    part = tmp_path / "sub" / f".{'0a' * 16}.part"
    others = [tmp_path / "a.part", tmp_path / ".hidden.part", tmp_path / "sub" / "b.png"]
    for path in (part, *others):
        path.touch()
    assert sweep_parts(tmp_path) == 1
    assert not part.exists()
    assert all(path.exists() for path in others)
    assert sweep_parts(tmp_path / "missing") == 0


def test_a_link_below_the_output_folder_is_not_followed_out_of_it(tmp_path):
    output, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    output.mkdir()
    (output / "photos").symlink_to(elsewhere)
    with pytest.raises(StorageError, match="leads out of the output folder"):
        inside(output, "photos/a.png/a.png")
    assert list(elsewhere.iterdir()) == []


def test_the_output_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    publish_output(tmp_path / "out", "photos/a.png", b"1", may_replace=True)
    assert (tmp_path / "disk" / "photos" / "a.png").read_bytes() == b"1"


def test_what_writes_a_file_is_called_once_with_its_stream(tmp_path):
    publish(tmp_path / "a.pdf", lambda stream: stream.write(b"in parts"))
    assert (tmp_path / "a.pdf").read_bytes() == b"in parts"
    assert names(tmp_path) == ["a.pdf"]


def test_a_writer_that_fails_leaves_the_older_file(tmp_path):
    publish(tmp_path / "a.pdf", b"old")
    with pytest.raises(ZeroDivisionError):
        publish(tmp_path / "a.pdf", lambda stream: stream.write(b"new") / 0)
    assert (tmp_path / "a.pdf").read_bytes() == b"old"
    assert names(tmp_path) == ["a.pdf"]


def name_best(folder, *, may_replace):
    return publish_output(folder, "best/a.png", folder / "a.png", may_replace=may_replace)


def test_a_link_is_the_same_file_and_outlives_a_new_original(tmp_path):
    publish(tmp_path / "a.png", b"one")
    for _ in range(2):  # the second time it is there already
        name_best(tmp_path, may_replace=True)
        assert (tmp_path / "best" / "a.png").samefile(tmp_path / "a.png")
        assert names(tmp_path / "best") == ["a.png"]
    publish(tmp_path / "a.png", b"two")
    assert (tmp_path / "best" / "a.png").read_bytes() == b"one"
    name_best(tmp_path, may_replace=True)
    assert (tmp_path / "best" / "a.png").read_bytes() == b"two"


def test_where_there_are_no_links_there_is_a_copy(tmp_path, monkeypatch):
    def fail(*names):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", fail)
    publish(tmp_path / "a.png", b"one")
    publish_output(tmp_path, "b.png", tmp_path / "a.png", may_replace=True)
    assert (tmp_path / "b.png").read_bytes() == b"one"
    assert (tmp_path / "b.png").stat().st_nlink == 1


@pytest.mark.parametrize("n_sweeps", [1, 2])
def test_what_a_run_sweeps_away_while_it_is_written_is_written_again(tmp_path, n_sweeps):
    swept = []

    def write(stream):
        stream.write(b"whole")
        if len(swept) < n_sweeps:
            swept.append(sweep_parts(tmp_path))

    publish(tmp_path / "a.html", write)
    assert swept == [1] * n_sweeps
    assert (tmp_path / "a.html").read_bytes() == b"whole"
    assert names(tmp_path) == ["a.html"]


def test_who_is_swept_away_for_ever_is_told(tmp_path):
    publish(tmp_path / "a.html", b"old")
    with pytest.raises(StorageError, match="cannot be written: No such file or directory"):
        publish(tmp_path / "a.html", lambda stream: sweep_parts(tmp_path))
    assert (tmp_path / "a.html").read_bytes() == b"old"


def test_a_folder_that_is_removed_meanwhile_does_not_come_back(tmp_path):
    folder = tmp_path / "out"
    with pytest.raises(StorageError, match="cannot be written: No such file or directory"):
        publish(folder / "a.html", lambda stream: folder.rename(tmp_path / "removed"))
    assert not folder.exists()


def foreign(folder, make):
    """Put something into the place of an output."""
    path = folder / "photos" / "a.png"
    path.parent.mkdir(parents=True)
    make(path)
    return path


@pytest.mark.parametrize("content", [b"mine", lambda stream: stream.write(b"mine")])
def test_what_somebody_else_wrote_stays(content, tmp_path):
    path = foreign(tmp_path, lambda path: path.write_bytes(b"theirs"))
    with pytest.raises(ImageError, match=r"^blocked: .* did not write is in place of a\.png$"):
        publish_output(tmp_path, "photos/a.png", content, may_replace=False)
    assert path.read_bytes() == b"theirs"
    assert publish_output(tmp_path, "photos/a.png", content, may_replace=True) is False
    assert path.read_bytes() == b"mine"
    assert names(path.parent) == ["a.png"]


@pytest.mark.parametrize("content", [b"the same", lambda stream: stream.write(b"the same")])
def test_the_very_same_file_is_taken_as_ours(content, tmp_path):
    path = foreign(tmp_path, lambda path: path.write_bytes(b"the same"))
    os.utime(path, (1, 1))
    assert publish_output(tmp_path, "photos/a.png", content, may_replace=False) is True
    assert path.stat().st_mtime == 1
    assert names(path.parent) == ["a.png"]


def test_a_new_file_is_no_older_one(tmp_path):
    assert publish_output(tmp_path, "photos/a.png", b"x", may_replace=False) is False
    assert names(tmp_path / "photos") == ["a.png"]
    publish(tmp_path / "a.png", b"one")
    assert name_best(tmp_path, may_replace=False) is False
    assert name_best(tmp_path, may_replace=False) is True


def test_a_file_that_comes_in_the_last_moment_stays(tmp_path):
    def write(stream):
        stream.write(b"mine")
        (tmp_path / "a.png").write_bytes(b"theirs")

    with pytest.raises(ImageError, match=r"^blocked: "):
        publish_output(tmp_path, "a.png", write, may_replace=False)
    assert (tmp_path / "a.png").read_bytes() == b"theirs"


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_so_it_does_where_there_are_no_links(code, tmp_path, monkeypatch):
    def fail(*names):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    assert publish_output(tmp_path, "a.png", b"mine", may_replace=False) is False
    assert publish_output(tmp_path, "a.png", b"mine", may_replace=False) is True
    with pytest.raises(ImageError, match=r"^blocked: "):
        publish_output(tmp_path, "a.png", b"other", may_replace=False)
    assert (tmp_path / "a.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("make", "may_replace", "reason"),
    [
        (Path.mkdir, False, "found a folder in place of a.png"),
        (Path.mkdir, True, "found a folder in place of a.png"),
        (os.mkfifo, False, "found a pipe in place of a.png"),
        (lambda path: path.symlink_to("b.png"), False, "found a link in place of a.png"),
        (os.mkfifo, True, None),
        (lambda path: path.symlink_to("b.png"), True, None),
    ],
)
def test_what_is_no_file_is_in_the_way(make, may_replace, reason, tmp_path):
    path = foreign(tmp_path, make)
    assert why_blocked(tmp_path, "photos/a.png", may_replace=may_replace) == (
        reason and f"blocked: {reason}"
    )
    if reason is None:
        publish_output(tmp_path, "photos/a.png", b"x", may_replace=may_replace)
        assert path.is_file() and not path.is_symlink()
    else:
        with pytest.raises(ImageError, match=f"^blocked: {reason}$"):
            publish_output(tmp_path, "photos/a.png", b"x", may_replace=may_replace)


def test_a_file_above_an_output_is_in_the_way(tmp_path):
    (tmp_path / "photos").touch()
    with pytest.raises(ImageError, match=r"^blocked: photos is a file, where a folder goes$"):
        publish_output(tmp_path, "photos/trip/a.png", b"x", may_replace=True)


def test_a_link_out_of_the_output_folder_is_in_the_way(tmp_path):
    output = tmp_path / "out"
    output.mkdir()
    (output / "photos").symlink_to(tmp_path)
    with pytest.raises(ImageError, match=r"^blocked: .*leads out of the output folder"):
        publish_output(output, "photos/a.png", b"x", may_replace=True)
    assert names(tmp_path) == ["out"]


def test_an_output_folder_that_is_none_is_storage_trouble(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        publish_output(tmp_path / "out", "photos/a.png", b"x", may_replace=False)

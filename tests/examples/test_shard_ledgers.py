import dataclasses
import shutil
import sqlite3
from contextlib import closing

import pytest
from test_ledger import IMAGE, records

from batchquant.errors import StorageError, UsageError
from batchquant.plan.shard import Shard
from batchquant.store import IN_RUN_FOLDER
from batchquant.store.shards import (
    ShardFolder,
    expect_merged,
    look_at_shard,
    path_of,
    shards_in,
    stamp_of,
    unmerged_in,
)

MINE = next(Shard(n, 2) for n in (1, 2) if Shard(n, 2).takes(IMAGE.folder, IMAGE.image))
OTHERS = Shard(3 - MINE.number, 2)
KNOWN = {record.key: record for record in records()}


@pytest.fixture
def output(tmp_path):
    return tmp_path / "out"


def write(output, shard=MINE, rows=None):
    """Let a shard write records, to its end."""
    store = ShardFolder(shard)
    with store.open(output) as ledger:
        ledger.write(records() if rows is None else rows)
    store.leave(output)


def merge(output, *shards):
    with IN_RUN_FOLDER.open(output) as ledger:
        for shard in shards:
            stamp = stamp_of(output, shard)
            with look_at_shard(output, shard) as known:
                ledger.take_shard(known, shard, with_headers=True)
            ledger.note_merged({shard.name: stamp})


def test_it_lies_in_a_folder_of_its_own_with_nothing_beside_it(output):
    write(output)
    assert path_of(output, MINE) == output / "_run" / MINE.name / "ledger.sqlite"
    assert [path.name for path in path_of(output, MINE).parent.iterdir()] == ["ledger.sqlite"]
    with closing(sqlite3.connect(path_of(output, MINE))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with ShardFolder(MINE).open(output) as ledger:
        assert dict(ledger.records) == KNOWN


def test_nobody_else_has_it_while_it_is_open(output):
    with ShardFolder(MINE).open(output), closing(sqlite3.connect(path_of(output, MINE))) as other:
        other.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("SELECT * FROM variants")


def test_a_kill_leaves_what_was_synced_and_nothing_is_changed_by_a_look(output, tmp_path):
    """What lies there while it is open is what a kill leaves."""
    made, failed = records()
    with ShardFolder(MINE).open(output) as ledger:
        ledger.write([made])
        ledger.sync(at_once=True)
        ledger.write([failed])
        shutil.copytree(output, tmp_path / "killed")
    killed = {path: path.read_bytes() for path in (tmp_path / "killed").rglob("*sqlite*")}
    assert len(killed) == 2  # a journal, too
    with look_at_shard(tmp_path / "killed", MINE) as ledger:
        assert dict(ledger.records) == {made.key: made}
    assert killed == {path: path.read_bytes() for path in (tmp_path / "killed").rglob("*sqlite*")}
    with ShardFolder(MINE).open(tmp_path / "killed") as ledger:
        assert dict(ledger.records) == {made.key: made}


def test_what_is_gathered_is_committed_at_the_end(output):
    with ShardFolder(MINE).open(output) as ledger:
        ledger.sync(at_once=True)
        ledger.write(records())
    with look_at_shard(output, MINE) as ledger:
        assert dict(ledger.records) == KNOWN


def test_what_cannot_be_written_takes_nothing_along(output):
    made, failed = records()
    with ShardFolder(MINE).open(output) as ledger:
        ledger.write([made])
        with pytest.raises(sqlite3.IntegrityError):
            ledger.write([failed, dataclasses.replace(failed, k="three")])
        assert dict(ledger.records) == {made.key: made}
    with look_at_shard(output, MINE) as ledger:
        assert dict(ledger.records) == {made.key: made}


def test_it_begins_with_what_is_known_of_its_own_pictures(output):
    with IN_RUN_FOLDER.open(output) as ledger:
        ledger.write(records())
    for shard, known in ((MINE, KNOWN), (OTHERS, {})):
        with ShardFolder(shard).look(output) as ledger:
            assert dict(ledger.records) == KNOWN  # of which it takes its part
        with ShardFolder(shard).open(output) as ledger:
            assert dict(ledger.records) == known


def test_it_goes_on_from_what_was_merged_and_from_nothing_older(output):
    write(output)
    assert unmerged_in(output) == [MINE]
    with pytest.raises(UsageError, match=f"found what shard {MINE} made, and is not merged"):
        expect_merged(output)
    merge(output, MINE)
    assert unmerged_in(output) == []
    expect_merged(output)
    with IN_RUN_FOLDER.open(output) as ledger:
        assert dict(ledger.records) == KNOWN
        ledger.forget_outputs([KNOWN[key].outputs["png"].path for key in list(KNOWN)[:1]])
    with ShardFolder(MINE).open(output) as ledger:
        assert [record.outputs for record in ledger.records.values()] == [{}, {}]
    assert unmerged_in(output) == [MINE]  # it may have made something


def test_a_shard_that_was_merged_while_it_was_at_work_is_not_all_in(output):
    """As on two machines whose locks do not know each other."""
    store = ShardFolder(MINE)
    with store.open(output) as ledger:
        ledger.sync(at_once=True)
        merge(output, MINE)
        assert unmerged_in(output) == []
        ledger.write(records())
    store.leave(output)
    assert unmerged_in(output) == [MINE]
    merge(output, MINE)
    with IN_RUN_FOLDER.look(output) as ledger:
        assert dict(ledger.records) == KNOWN


def test_a_merge_takes_no_row_of_other_pictures_and_leaves_those_there_are(output):
    with IN_RUN_FOLDER.open(output) as ledger:
        ledger.write(records())
    with ShardFolder(OTHERS).open(output) as ledger:
        ledger.write(records()[1:])  # which is none of its own
    merge(output, OTHERS)
    with IN_RUN_FOLDER.look(output) as ledger:
        assert dict(ledger.records) == KNOWN


def test_what_a_shard_does_not_know_any_more_of_its_pictures_goes(output):
    with IN_RUN_FOLDER.open(output) as ledger:
        ledger.write(records())
    with ShardFolder(MINE).open(output) as ledger:
        ledger.forget_outputs([path for r in records() for _, (path, *_) in r.outputs.items()])
    merge(output, MINE)
    with IN_RUN_FOLDER.look(output) as ledger:
        assert [record.outputs for record in ledger.records.values()] == [{}, {}]


@pytest.mark.parametrize("content", [b"", b"x" * 40, b"x" * 5000])
def test_what_is_no_ledger_is_told_and_not_taken_for_an_empty_one(output, content):
    write(output)
    path_of(output, MINE).write_bytes(content)
    assert unmerged_in(output) == [MINE]
    with pytest.raises(StorageError, match=r"ledger.sqlite\* away and run again"):
        look_at_shard(output, MINE)


def test_a_cell_that_its_column_does_not_hold_costs_the_shard_and_no_more(output):
    """Tables are strict, but for those whose ledger somebody else has made."""
    write(output)
    with IN_RUN_FOLDER.open(output) as ledger:
        ledger.write(records())
    with closing(sqlite3.connect(path_of(output, MINE))) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '')")
    with closing(sqlite3.connect(path_of(output, MINE))) as connection, connection:
        connection.execute("UPDATE variants SET decode_s = 'long'")
    with pytest.raises(StorageError, match=rf"{MINE.name}/ledger.sqlite: cannot be read: .*decode"):
        merge(output, MINE)
    with IN_RUN_FOLDER.look(output) as ledger:
        assert dict(ledger.records) == KNOWN


def test_other_folders_are_no_shards(output):
    write(output)
    for name in ("shard-3-of-2", "shard-1-of-9", "shards"):
        (output / "_run" / name).mkdir()
    assert shards_in(output) == [MINE]
    assert shards_in(output / "nowhere") == []

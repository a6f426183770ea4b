import pytest

from batchquant.errors import OutputLockedError, UsageError
from batchquant.plan.shard import Shard
from batchquant.run.place import Place, ShardPlace
from batchquant.store import IN_RUN_FOLDER
from batchquant.store.shards import ShardFolder


@pytest.fixture
def whole(tmp_path):
    return Place(tmp_path / "out", IN_RUN_FOLDER)


@pytest.fixture
def shard(tmp_path):
    return lambda *shard: ShardPlace(tmp_path / "out", ShardFolder(Shard(*shard)))


def test_shards_of_one_number_hold_the_folder_together(whole, shard):
    with shard(1, 3).hold(), shard(2, 3).hold(), shard(3, 3).hold():
        told = r"_run: it is in use by shard-1-of-3 \(process \d+ .*\); shard-2-of-3 \(.*\); sh"
        with pytest.raises(OutputLockedError, match=told), whole.hold():
            pass
        told = "shard-2-of-3: it is in use by process "
        with pytest.raises(OutputLockedError, match=told), shard(2, 3).hold():
            pass
    with whole.hold():
        pass


def test_of_two_numbers_of_shards_that_begin_at_once_one_gives_way(shard):
    """Neither has a ledger yet, and each may have looked before the other began."""
    told = "shard-1-of-3: it is in use"
    with shard(1, 3).hold(), pytest.raises(OutputLockedError, match=told), shard(2, 4).hold():
        pass
    with shard(2, 4).hold():  # of the other nothing is there
        pass


def test_a_shard_holds_the_folder_against_nobody_once_it_is_over(whole, shard):
    with shard(1, 3).hold(), shard(1, 3).store.open(whole.output):
        pass
    for place in (whole, shard(1, 4)):
        with pytest.raises(UsageError, match="found what shard 1/3 made, and is not merged"):
            place.check()
        with pytest.raises(UsageError, match="shard 1/3 made"), place.hold():
            pass
    with shard(2, 3).hold(), shard(1, 3).hold():
        pass


def test_a_shard_is_kept_out_by_who_holds_the_folder_alone(whole, shard):
    told = "_run: it is in use by process "
    with whole.hold(), pytest.raises(OutputLockedError, match=told), shard(1, 3).hold():
        pass


def test_each_has_its_own_word_to_stop_and_takes_no_other_away(whole, shard):
    files = [place.stop_file for place in (whole, shard(1, 3), shard(2, 3))]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    shard(1, 3).sweep()
    assert [file.exists() for file in files] == [True, False, True]
    whole.sweep()
    assert [file.exists() for file in files] == [False, False, True]

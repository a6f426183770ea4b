from itertools import chain

import pytest
from builders import drafted, row_of, sweep_of

from batchquant.errors import UsageError
from batchquant.plan.selection import Selection
from batchquant.plan.shard import Shard, list_shards

NAMES = [f"{number:03}.jpg" for number in range(300)]


def test_each_picture_is_in_one_shard_and_shards_are_about_as_large():
    for n_shards in (1, 2, 7):
        shards = [Shard(number, n_shards) for number in range(1, n_shards + 1)]
        members = [[name for name in NAMES if shard.takes("photos", name)] for shard in shards]
        assert sorted(name for part in members for name in part) == NAMES
        assert min(map(len, members)) > 0.7 * len(NAMES) / n_shards


def test_where_a_picture_goes_depends_on_its_name_alone():
    """By hand: ``printf photos/000.jpg | sha256sum`` ends with the digit 1, which mod 8 is 1."""
    found = [number for number in range(1, 9) if Shard(number, 8).takes("photos", "000.jpg")]
    assert found == [2]
    assert Shard(1, 1).takes("photos", "\udcff.jpg")  # a name that is not UTF-8


@pytest.mark.parametrize(
    "text", ["", "2", "2/", "/8", "0/8", "2/0", "-1/8", "2/8/9", "a/b", "02/8"]
)
def test_what_is_no_shard_is_told(text):
    with pytest.raises(UsageError, match="Say which of how many, counted from 1, such as 2/8"):
        Shard.parse(text)


def test_a_number_above_the_count_is_told():
    with pytest.raises(UsageError, match=r"there is no 9/8\. Count from 1 up to how many"):
        Shard.parse("9/8")


@pytest.mark.parametrize("name", ["shard-9-of-8", "shard-0-of-8", "shard-1-of-8.old", "_run"])
def test_other_folders_are_of_no_shard(name):
    assert Shard.named(name) is None


def test_a_selection_of_a_shard_is_its_part_of_what_is_selected():
    plan = drafted(*((sweep_of(), row_of(name)) for name in NAMES[:40]))
    parts = [
        [image.image for image in Selection(k=(3,), shard=Shard(number, 3)).of(plan).images]
        for number in (1, 2, 3)
    ]
    assert sorted(chain.from_iterable(parts)) == NAMES[:40]
    images = Selection(k=(3,), shard=Shard(1, 3)).of(plan).images
    assert {variant.k for image in images for variant in image.variants} == {3}


def test_a_shard_without_a_picture_is_none_the_less_one():
    plan = drafted((sweep_of(), row_of("a.jpg")))
    sizes = [len(Selection(shard=Shard(number, 9)).of(plan).images) for number in range(1, 10)]
    assert sorted(sizes) == [0] * 8 + [1]
    with pytest.raises(UsageError, match="k: 4 is not among what the job file makes: 3, 5"):
        Selection(k=(4,), shard=Shard(1, 9)).of(plan)


def test_many_shards_are_named_in_short():
    assert list_shards([Shard(1, 2), Shard(2, 2)]) == "1/2, 2/2"
    told = list_shards([Shard(number, 1000) for number in range(1, 1001)])
    assert told.endswith(", 8/1000 and 992 more")

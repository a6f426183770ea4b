import dataclasses
from pathlib import Path

import pytest
from builders import variant_of

from batchquant.errors import ImageError, StorageError
from batchquant.files.digests import digest_of
from batchquant.plan.records import Settings
from batchquant.sources.reading import read_source
from batchquant.steps.task import Task
from batchquant.steps.variants import derive_seed, process

SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)


@pytest.fixture
def task(tmp_path, photo):
    photo(tmp_path / "a.png")
    variants = tuple(
        variant_of(k, "random", png=f"a_k00{k}_random.png", pdf=f"a_k00{k}_random.pdf")
        for k in (3, 5)
    )
    return Task(
        index=7,
        position=2,
        title="a picture",
        source=str(tmp_path / "a.png"),
        frame=0,
        takes_all=False,
        pixels=32 * 24,
        output=tmp_path / "out",
        settings=SETTINGS,
        stop_file=tmp_path / "stop",
        variants=variants,
    )


def test_the_seed_stays_what_it_is():
    """A change here changes every picture of every user."""
    assert derive_seed(0, "ab" * 32, 0, 3, "random") == 1805067229


def test_every_part_of_a_variant_changes_its_seed():
    seeds = {
        derive_seed(*parts)
        for parts in (
            (0, "a", 0, 3, "x"),
            (1, "a", 0, 3, "x"),
            (0, "b", 0, 3, "x"),
            (0, "a", 1, 3, "x"),
            (0, "a", 0, 5, "x"),
            (0, "a", 0, 3, "y"),
        )
    }
    assert len(seeds) == 6


def test_what_is_done_is_handed_over_before_the_rest(task):
    handed = []

    def hand_over(so_far):
        assert (task.output / "a_k003_random.pdf").exists()
        assert not (task.output / "a_k005_random.png").exists()
        handed.append(so_far)

    result = process(task, hand_over)
    (so_far,) = handed
    assert so_far == dataclasses.replace(
        result,
        variants=result.variants[:1],
        peak_memory_bytes=so_far.peak_memory_bytes,
    )


def test_a_result_names_its_task_and_its_files_are_there(task):
    result = process(task)
    assert (result.index, result.error, result.width, result.height) == (7, None, 32, 24)
    for variant, made in zip(task.variants, result.variants, strict=True):
        assert made.files.keys() == {"png", "pdf"}
        for kind, written in made.files.items():
            content = (task.output / variant.outputs[kind]).read_bytes()
            assert written[:2] == (len(content), digest_of(content))


def test_name_and_folder_of_the_source_play_no_part(task, tmp_path):
    process(task)
    moved = tmp_path / "elsewhere.jpg"
    Path(task.source).rename(moved)
    process(dataclasses.replace(task, source=str(moved), output=tmp_path / "again"))
    for path in task.places:
        assert (task.output / path).read_bytes() == (tmp_path / "again" / path).read_bytes()


def test_a_word_to_stop_ends_it_with_what_is_made(task):
    task.stop_file.touch()
    result = process(task)
    assert (result.variants, result.error) == ((), None)
    assert not task.output.exists()


def test_an_output_folder_that_was_removed_does_not_come_back(task):
    with pytest.raises(StorageError, match="the folder is gone"):
        process(dataclasses.replace(task, stop_file=task.output / "_run" / "stop"))
    assert not task.output.exists()


def test_a_broken_image_is_a_value(task):
    Path(task.source).write_text("no picture")
    result = process(task)
    assert result.variants == (None, None)
    assert result.error.startswith("unreadable: ")


def test_a_fault_of_ours_costs_one_image(task, monkeypatch):
    monkeypatch.setattr("batchquant.steps.variants.decode", lambda *given: 1 / 0)
    told = "batchquant has made a mistake (ZeroDivisionError: division by zero)"
    assert process(task).error == f"internal: {told}"


def test_storage_trouble_is_not_the_images_fault(task):
    task.output.write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        process(task)


def test_a_source_that_goes_while_it_is_looked_at_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.is_file", lambda path: True)
    with pytest.raises(ImageError, match="unreadable: no regular file, or gone"):
        read_source(str(tmp_path / "gone.png"))

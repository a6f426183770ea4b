"""Which of the planned variants a run is about."""

import dataclasses
from pathlib import Path

import pytest
from test_ledger import IMAGE, VARIANT

from batchquant.errors import UsageError
from batchquant.plan.records import Plan
from batchquant.plan.selection import WHOLE, Chosen, Selection

VARIANTS = tuple(
    dataclasses.replace(VARIANT, k=k, init=init) for k in (3, 5) for init in ("random", "in_pixel")
)


def image(name, *, job="", folder="photos", variants=VARIANTS):
    return dataclasses.replace(IMAGE, job=job, folder=folder, image=name, variants=variants)


PLAN = Plan(
    Path("out"),
    (
        image("a.jpg", job="day"),
        image("trip/b.png", job="day"),
        image("a.jpg", job="night", folder="scans", variants=VARIANTS[:1]),
    ),
    left_out=(("night", "notes.txt"),),
    warnings=(("day", "a note"),),
)


def names(plan):
    return [f"{image.folder}/{image.image}" for image in plan.images]


def variants(plan):
    return {(variant.k, variant.init) for image in plan.images for variant in image.variants}


def test_what_is_empty_restricts_nothing():
    assert WHOLE.of(PLAN) == PLAN
    assert list(Chosen(PLAN.images, WHOLE)) == list(PLAN.images)


def test_a_job_is_meant_with_its_notes():
    night = Selection(jobs=("night",)).of(PLAN)
    assert names(night) == ["scans/a.jpg"]
    assert (night.left_out, night.warnings) == (PLAN.left_out, ())


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (["a.jpg"], ["photos/a.jpg", "scans/a.jpg"]),
        (["/photos/"], ["photos/a.jpg", "photos/trip/b.png"]),
        (["photos/*.JPG"], ["photos/a.jpg"]),
        (["photos/**/*.png", "scans"], ["photos/trip/b.png", "scans/a.jpg"]),
        (["photos", "!trip/b.png", "!nothing"], ["photos/a.jpg", "photos/trip/b.png"]),
        (["photos/**", "!*.png"], ["photos/a.jpg"]),
    ],
)
def test_globs_have_the_meaning_of_gitignore(only, expected):
    assert names(Selection(only=tuple(only)).of(PLAN)) == expected


def test_k_and_start_are_chosen_together():
    chosen = Selection(k=(5,), init=("forgy",)).of(PLAN)
    assert names(chosen) == ["photos/a.jpg", "photos/trip/b.png"]  # the third has no such variant
    assert variants(chosen) == {(5, "in_pixel")}


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (Selection(k=(3, 4)), "k: 4 is not among what the job file makes: 3, 5."),
        (
            Selection(init=("maximin",)),
            "init: maximin is not among what the job file makes: in_pixel, random.",
        ),
        (Selection(jobs=("night",), k=(5,)), "k: 5 is not among what the job file makes: 3."),
        (
            Selection(only=("a.jpg", "*.gif")),
            "only: no picture is matched by '*.gif'. Write a pattern for FOLDER/IMAGE,"
            " such as photos/a.jpg or photos/.",
        ),
        (Selection(only=("[",)), "only: found [: no pattern: "),
        (Selection(only=("!*.gif",)), "no variant is meant by jobs, only, k and init"),
    ],
)
def test_what_means_nothing_is_an_error_that_says_what_there_is(selection, told):
    with pytest.raises(UsageError) as caught:
        selection.of(PLAN)
    assert str(caught.value).startswith(told)


def test_without_images_there_is_nothing_to_mean():
    empty = dataclasses.replace(PLAN, images=())
    chosen = Selection(only=("a.jpg",), k=(3,)).of(empty)
    assert (len(chosen.images), list(chosen.images)) == (0, [])
    assert dataclasses.replace(chosen, images=()) == empty


def test_chosen_images_are_a_sequence_of_what_is_meant():
    chosen = Selection(k=(5,)).of(PLAN).images
    expected = [
        dataclasses.replace(image, variants=image.variants[2:]) for image in PLAN.images[:2]
    ]
    assert (len(chosen), bool(chosen), list(chosen)) == (2, True, expected)
    assert [chosen[0], chosen[-1]] == expected
    assert chosen[:1] == expected[:1]
    assert list(reversed(chosen)) == expected[::-1]
    with pytest.raises(IndexError):
        chosen[2]


def test_what_is_meant_of_an_image_is_some_of_its_variants_or_nothing():
    day = Selection(jobs=("day",), only=("*.jpg",), k=(5,))
    first, second, third = PLAN.images
    assert day.part_of(first) == dataclasses.replace(first, variants=first.variants[2:])
    assert day.part_of(second) is day.part_of(third) is None
    assert WHOLE.part_of(first) is first
    assert Selection(k=(4,)).part_of(first) is None

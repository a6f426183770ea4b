"""In which order steps of packages come to a picture."""

import pytest

from batchquant.errors import UsageError
from batchquant.plan import picture_step
from batchquant.plan.picture_step import PictureStep, order_of_steps, picture_steps


@pytest.fixture
def steps(monkeypatch):
    def let_there_be(**after):
        found = []
        for name, before in after.items():
            body = {"name": name, "after": before, "suffixes": {}, "make": lambda self, made: {}}
            found.append(type(name.title(), (PictureStep,), body))
        monkeypatch.setattr(picture_step, "load_extensions", lambda base: found)
        forget()

    def forget():
        picture_steps.cache_clear()
        order_of_steps.cache_clear()

    yield let_there_be
    forget()


@pytest.mark.parametrize(
    ("after", "order"),
    [
        ({}, ["overview"]),
        ({"a": "overview"}, ["overview", "a"]),
        ({"a": "variants"}, ["a", "overview"]),
        ({"b": "a", "a": "variants", "c": "overview"}, ["a", "b", "overview", "c"]),
        ({"c": "b", "b": "a", "a": "overview"}, ["overview", "a", "b", "c"]),
    ],
)
def test_each_follows_the_step_that_it_names(after, order, steps):
    steps(**after)
    assert list(order_of_steps()) == order


@pytest.mark.parametrize(
    ("after", "message"),
    [
        ({"a": "b", "b": "a"}, "found after 'b', expected one of: variants, overview."),
        ({"a": "book"}, "found after 'book', expected one of: variants, overview."),
        ({"overview": "variants"}, "found the name 'overview', expected one of its own"),
        ({"book": "overview"}, "found the name 'book', expected one of its own"),
        ({"A b": "overview"}, "found the name 'A b', expected one of its own"),
    ],
)
def test_what_is_wrong_is_told(after, message, steps):
    steps(**after)
    with pytest.raises(UsageError) as error:
        picture_steps()
    assert message in str(error.value)

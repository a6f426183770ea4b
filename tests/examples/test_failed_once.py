"""A picture that fails in several jobs is told once."""

from batchquant.report.failed import Failure, n_failed_pictures, told_once

CUT = Failure("day/photos/a.jpg", "unreadable: x", 3, "photos/a.jpg")


def test_one_reason_in_several_jobs_is_told_where_it_stands_first():
    night = Failure("night/photos/a.jpg", "unreadable: x", 7, "photos/a.jpg")
    (once,) = told_once([CUT, night])
    assert once == Failure("photos/a.jpg", "unreadable: x", 3, "photos/a.jpg", 2)
    assert once.told == "photos/a.jpg (2 jobs)"


def test_another_reason_is_told_of_its_job():
    night = Failure("night/photos/a.jpg", "timeout: y", 7, "photos/a.jpg")
    assert told_once([CUT, night]) == (CUT, night)
    assert [each.told for each in (CUT, night)] == ["day/photos/a.jpg", "night/photos/a.jpg"]
    assert n_failed_pictures([CUT, night]) == 1


def test_inputs_and_books_are_no_pictures():
    book = Failure("book.pdf", "not drawn: x", None)
    assert told_once([book]) == (book,)
    assert n_failed_pictures([book]) == 0

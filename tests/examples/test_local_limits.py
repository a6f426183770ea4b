import signal

import pytest

from batchquant.engine.local import limits
from batchquant.engine.local.limits import FACTOR, SLACK_S, Watch
from batchquant.engine.work import Limit

PID = 7


@pytest.fixture
def schedstat(tmp_path, monkeypatch):
    """Let the kernel say that of the process; None for nothing at all."""
    monkeypatch.setattr(limits, "PROC", tmp_path)

    def pretend(text):
        (tmp_path / str(PID)).mkdir(exist_ok=True)
        path = tmp_path / str(PID) / "schedstat"
        path.unlink(missing_ok=True) if text is None else path.write_text(text)

    return pretend


def test_a_limit_by_the_clock_knows_no_waits(schedstat):
    schedstat("1 0 1\n")
    watch = Watch(Limit(10.0), PID, now=100.0)
    schedstat("1 9000000000 1\n")
    assert watch.told_if_over(110.0) is None
    assert watch.told_if_over(110.1) == "not done within 10 s"


def test_time_in_which_a_process_waited_for_a_processor_does_not_count(schedstat):
    schedstat("1 5000000000 1\n")  # of what it did before
    watch = Watch(Limit(10.0, is_of_processor=True), PID, now=100.0)
    schedstat("1 25000000000 1\n")
    assert watch.told_if_over(130.0 + SLACK_S) is None
    told = "not done within 10 s, without the time it waited for a processor"
    assert watch.told_if_over(130.1 + SLACK_S) == told


@pytest.mark.parametrize("text", [None, "0 0 0\n", "", "no numbers"])
@pytest.mark.parametrize("at_begin", [True, False])
def test_where_nobody_tells_how_long_it_waited_ten_times_as_much_counts(schedstat, text, at_begin):
    schedstat(text if at_begin else "1 0 1\n")
    watch = Watch(Limit(10.0, is_of_processor=True), PID, now=100.0)
    schedstat("1 0 1\n" if at_begin else text)
    assert watch.told_if_over(100.0 + 10.0 * FACTOR) is None
    assert watch.told_if_over(100.1 + 10.0 * FACTOR) == "not done within 100 s"


def test_only_the_signal_of_the_timer_means_that_time_is_over():
    watch = Watch(Limit(10.0, is_of_processor=True), PID, now=0.0)
    assert watch.told_by_timer(signal.SIGPROF) == "not done within 10 s of processor time"
    assert watch.told_by_timer(signal.SIGKILL) is None
    assert Watch(Limit(10.0), PID, now=0.0).told_by_timer(signal.SIGPROF) is None


def test_the_timer_is_gone_behind_its_block():
    with pytest.raises(ZeroDivisionError), limits.timer(Limit(60.0, is_of_processor=True)):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 50
        raise ZeroDivisionError
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)

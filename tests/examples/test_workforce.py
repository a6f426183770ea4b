from types import SimpleNamespace

from test_overviews import image_of, task_of

from batchquant import workforce
from batchquant.observer import Observer
from batchquant.signals import Stop


def test_what_waits_for_a_task_that_memory_does_not_suffice_for_is_done_next(tmp_path, monkeypatch):
    monkeypatch.setattr(workforce, "total_bytes", lambda: 1)
    task = task_of(image_of(tmp_path), tmp_path / "out")
    job_file = SimpleNamespace(output=tmp_path / "out", timeout=60.0, memory="70%")
    over = []
    results = workforce.results_of(
        job_file,
        [task],
        1,
        stop=Stop(),
        observer=Observer(),
        then=lambda finished: over.append(finished) or (),
    )
    (result,) = results
    assert result.error.startswith("too_large: not enough memory: it needs ")
    assert over == [task]

"""An engine without workers: what every engine can promise, even one of a single process."""

import math
import time
from contextlib import nullcontext

from batchquant.engine.backlog import Attempts
from batchquant.engine.protocol import Began, Done, Part

POLL_S = 0.01


class ToyEngine:
    """Runs one work after another where the events are taken."""

    def __init__(self, workers, budget_bytes=math.inf):
        self._budget_bytes = budget_bytes

    def expect(self, kind):
        return nullcontext()

    def run(self, due, stop=lambda: False):
        attempts, is_stopped = Attempts(due, self._budget_bytes), False
        while not attempts.is_over:
            if not is_stopped and stop():
                is_stopped = True
                attempts.close()
            attempt = attempts.take()
            if attempt is None:
                time.sleep(POLL_S)
                continue
            work, parts, error = due.prepare([attempt.work])[0], [], None
            yield Began(attempt.work)
            try:
                value = work.run(parts.append)
            except Exception as raised:
                error = raised
            attempts.finish(attempt)
            yield from (Part(attempt.work, part) for part in parts)
            if error:
                raise error
            yield Done(attempt.work, value)

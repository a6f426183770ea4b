"""What the scheduler is to know beside what it runs: that more works wait than are its tasks."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from batchquant.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client, Future

WISH = "a worker more, for batchquant"
MOST_WISHED = 64  # at a time
TASKS_A_WISH = 10  # dask guesses 0.5 s for each, and starts a thread for all that take 5 s
GONE = ("error", "cancelled", "lost")
"""What becomes of a dask task that cannot be waited for any more."""


@contextmanager
def told_if_gone(client: "Client") -> Iterator[None]:
    """Say what is wrong where a client is closed: it closes itself when the scheduler is gone."""
    try:
        yield
    except Exception as error:
        if client.status in ("closed", "closing") or isinstance(error, OSError):
            raise ClusterError("the dask scheduler is gone.") from error
        raise


class Wishes:
    """Lets a cluster that adapts see that works wait.

    It counts tasks that no worker can run: those of a resource that none has.
    """

    def __init__(self, client: "Client", topic: str) -> None:
        self._client, self._topic = client, topic
        self._numbers = itertools.count()
        self._futures: list[Future[Any]] = []

    def tell(self, n_waiting: int) -> None:
        """Wish for workers for so many works, or for none."""
        if self._futures and self._futures[0].status in GONE:
            self._futures.clear()  # the scheduler is another one
        if not n_waiting:
            for future in self._futures:
                future.release()
            self._futures.clear()
        elif not self._futures:
            n = min(n_waiting, MOST_WISHED) * TASKS_A_WISH
            with told_if_gone(self._client):
                self._futures = self._client.map(
                    eval,
                    ["None"] * n,
                    key=[f"{self._topic}-wish-{next(self._numbers)}" for _ in range(n)],
                    resources={WISH: 1},
                    pure=False,
                )

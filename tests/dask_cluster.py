"""A dask cluster of real processes on this machine: a scheduler and workers."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from patience import promised

DASK = [sys.executable, "-m", "dask"]


class Cluster:
    """A scheduler, to which workers are added; each process is a group of its own."""

    def __init__(self, folder, **configuration):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            **{f"DASK_{name}": str(value) for name, value in configuration.items()},
        }
        self.processes = []
        self.scheduler = None

    def start_scheduler(self, port=0):
        self.file.unlink(missing_ok=True)
        options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        self.scheduler = self._start([*DASK, "scheduler", *options, "--scheduler-file", self.file])
        with promised(60):
            while not self.address:
                assert self.scheduler.poll() is None
                time.sleep(0.02)
        return self.address

    @property
    def address(self):
        with suppress(OSError, ValueError):  # it is not there yet, or not whole
            return json.loads(self.file.read_text())["address"]
        return None

    def add_worker(self, n_threads=1, *, before=(), **environment):
        """Start a dask worker, below a nanny; by a command that stands before it, if need be."""
        command = [*before, *DASK, "worker", self.address, "--host", "127.0.0.1"]
        command += ["--nthreads", str(n_threads), "--no-dashboard"]
        command += ["--local-directory", self.folder]
        return self._start(command, environment)

    def _start(self, command, environment=None):
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.folder,
                env={**self._environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.processes.append(process)
        return process

    def end(self):
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def cluster_in(folder, *n_threads, **configuration):
    """A cluster with a worker of so many threads each."""
    cluster = Cluster(folder, **configuration)
    try:
        cluster.start_scheduler()
        for n in n_threads:
            cluster.add_worker(n)
        yield cluster
    finally:
        cluster.end()


@cache
def _shared_client():
    """A client of a cluster that lasts as long as the tests: a worker with four threads."""
    from distributed import Client

    folder = TemporaryDirectory()
    cluster = Cluster(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(cluster.end)
    cluster.start_scheduler()
    cluster.add_worker(4)
    client = Client(cluster.address, set_as_default=False)
    atexit.register(client.close)
    return client


def shared_engine(workers, budget_bytes=float("inf")):
    from batchquant.engine.dask import DaskEngine

    return DaskEngine(_shared_client(), workers, budget_bytes=budget_bytes)

"""A run on a dask cluster: real scheduler, workers and nannies, and what becomes of them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from circumstances import STRESS, long_form
from dask_cluster import Cluster, cluster_in
from patience import FOREVER_S, promised, slowness
from poisons import work
from processes import descendants, is_worker
from programs import need
from workplaces import every_process_runs, wait_for_pictures, wait_until
from works import Call, calls, divided

from batchquant import load_job, run_job
from batchquant.engine.backlog import Backlog
from batchquant.engine.dask import DaskEngine, plugin
from batchquant.engine.protocol import Began, Done, Lost, PutBack, Remark
from batchquant.engine.work import Limit
from batchquant.errors import ClusterError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

HASTE = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}


@pytest.fixture
def cluster(tmp_path_factory):
    """Two dask workers with a process each."""
    with cluster_in(tmp_path_factory.mktemp("cluster"), 1, 1) as cluster:
        yield cluster


@contextmanager
def client_of(cluster):
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        yield client


def dask_worker_below(nanny):
    """The number of the process that a nanny looks after."""
    with promised(30):
        while True:
            for pid in descendants(nanny.pid):
                with suppress(OSError):
                    if b"multiprocessing.spawn" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        return pid
            time.sleep(0.05)


def on(cluster, *more):
    return ("run", "jobs.yaml", "--cluster", str(cluster.file), "--cluster-wait", "60", *more)


def test_a_dask_worker_killed_in_the_middle_costs_nothing(long_job, cluster):
    with long_job.start(*on(cluster)) as run:
        wait_for_pictures(long_job, run)
        os.kill(dask_worker_below(cluster.processes[1]), signal.SIGKILL)
        with promised(120):
            out, err = run.communicate()
    assert run.returncode == 0, err
    assert "24 made" in out
    assert long_job.differences() == ""
    again = long_job.run(*on(cluster))
    assert "Nothing to do." in again.stdout


@long_form
def test_a_scheduler_killed_ends_the_run_in_order_and_the_same_command_goes_on(long_job, cluster):
    environment = {**os.environ, **HASTE}
    with long_job.start(*on(cluster), env=environment) as run:
        wait_for_pictures(long_job, run)
        cluster.scheduler.kill()
        with promised(60):
            _, err = run.communicate()
    assert run.returncode == 75, err
    assert "the dask scheduler is gone" in err
    assert "Traceback" not in err
    rows = long_job.report()
    assert 0 < sum(row["status"] == "done" for row in rows) < len(rows) == 24
    cluster.start_scheduler()
    cluster.add_worker(2)
    assert long_job.run(*on(cluster)).returncode == 0
    assert long_job.differences() == ""


def test_ctrl_c_ends_a_run_on_a_cluster_in_order(long_job, cluster):
    with long_job.start(*on(cluster)) as run:
        wait_for_pictures(long_job, run)
        run.send_signal(signal.SIGINT)
        with promised(8):
            _, err = run.communicate()
    assert run.returncode == 130, err
    assert "To go on, run the same command again." in err
    assert long_job.parts() == []


BLIND = """
import importlib.abc, sys
class Blind(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{0}":
            raise ModuleNotFoundError("No module named '{0}'", name="{0}")
sys.meta_path.insert(0, Blind())
"""
OLD = """
import importlib.metadata as metadata
real = metadata.version
metadata.version = lambda name: "0.0.1" if name == "numba" else real(name)
"""


@long_form
def test_a_cluster_takes_a_shard_as_well_as_a_whole(long_job, cluster):
    for shard in ("2/2", "1/2"):
        done = long_job.run(*on(cluster, "--shard", shard))
        assert done.returncode == 0, done.stderr
    merged = long_job.run("merge", "out")
    assert merged.stdout.startswith("2 shards merged. 24 variants of 12 pictures: 24 made before")
    assert long_job.differences() == ""


def test_work_goes_only_to_workers_that_would_make_the_same(workplace, photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    unshare = need("unshare", package="util-linux")
    cover = f"mount -t tmpfs none {photos}"
    is_allowed = not subprocess.run([unshare, "-m", "sh", "-c", cover], check=False).returncode
    workplace.write_job("inputs: photos\nk: [3]\n")
    assert workplace.run("run", "jobs.yaml", "--output", "reference").returncode == 0
    cluster = Cluster(folder)
    try:
        cluster.start_scheduler()
        cluster.add_worker(1, **every_process_runs(BLIND.format("batchquant"), folder / "blind"))
        cluster.add_worker(1, **every_process_runs(OLD, folder / "old"))
        if is_allowed:
            cluster.add_worker(1, before=[unshare, "-m", "sh", "-c", f'{cover} && exec "$@"', "-"])
        with workplace.start(*on(cluster)) as run:
            log = workplace.output / "_run/run.log"
            n_odd = 2 + is_allowed
            wait_until(lambda: log.exists() and log.read_text().count("no work") == n_odd, run)
            assert not list(workplace.output.rglob("*_k003_*"))
            cluster.add_worker(1)  # late
            with promised(60):
                _, err = run.communicate()
        assert all(process.poll() is None for process in cluster.processes)
    finally:
        cluster.end()
    assert run.returncode == 0
    assert workplace.differences() == ""
    assert err.count("batchquant is not installed there") == 1, err
    assert err.count("numba: 0.0.1 there") == 1
    assert err.count("it does not see") == is_allowed


def test_without_a_worker_for_so_long_the_run_ends_in_order(workplace, photos, tmp_path_factory):
    workplace.write_job("inputs: photos\nk: [3]\n")
    with cluster_in(tmp_path_factory.mktemp("empty")) as cluster:
        done = workplace.run("run", "jobs.yaml", "--cluster", cluster.file, "--cluster-wait", "1")
    assert done.returncode == 75
    assert "no dask worker that can be used for 1 s" in done.stderr
    assert {row["status"] for row in workplace.report()} == {"pending"}


@long_form
def test_any_client_of_a_cluster_will_do_from_python(workplace, photos):
    from distributed import Client, LocalCluster

    workplace.write_job("inputs: photos\nk: [3]\n")
    assert workplace.run("run", "jobs.yaml", "--output", "reference").returncode == 0
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": ":0"}
    job_file = load_job(workplace.path / "jobs.yaml")
    with LocalCluster(**options) as cluster, Client(cluster, set_as_default=False) as client:
        assert run_job(job_file, engine=DaskEngine(client)).n_done == 3
    assert workplace.differences() == ""


def test_a_cluster_that_adapts_starts_workers_and_ends_them(tmp_path):
    from distributed import Client, LocalCluster

    options = {"n_workers": 0, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster, Client(cluster, set_as_default=False) as client:
        cluster.adapt(minimum=0, maximum=2, interval="200ms", wait_count=2)
        with promised(90):
            works = calls(meet, [tmp_path] * 10)
            pids, lost = divided(DaskEngine(client).run(Backlog(works)))
            assert (len(pids), len(set(pids)), lost) == (10, 2, {})
            while client.nthreads():
                time.sleep(0.1)


def meet(folder):
    """Wait until two processes are there."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    time.sleep(0.5)
    return os.getpid()


def test_without_dask_it_is_told_how_to_install_it(workplace, photos, tmp_path):
    workplace.write_job("inputs: photos\nk: [3]\n")
    blind = every_process_runs(BLIND.format("distributed"), tmp_path / "blind")
    done = workplace.run("run", "jobs.yaml", "--cluster", "tcp://127.0.0.1:1", env=blind)
    assert (done.returncode, "pip install distributed" in done.stderr) == (2, True)


def test_nobody_else_loads_dask(workplace, photos):
    workplace.write_job("inputs: photos\nk: [3]\n")
    code = (
        "import sys; from batchquant import load_job, run_job\n"
        "if __name__ == '__main__':\n"
        "    assert run_job(load_job('jobs.yaml'), workers=1).n_done == 3\n"
        "    assert not {'dask', 'distributed', 'tornado'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=workplace.path, check=True)


def test_a_scheduler_that_is_not_there_is_told(workplace, photos):
    workplace.write_job("inputs: photos\nk: [3]\n")
    command = ["run", "jobs.yaml", "--cluster"]
    done = workplace.run(*command, "tcp://127.0.0.1:1", env={**os.environ, **HASTE})
    assert done.returncode == 75
    assert "tcp://127.0.0.1:1: no dask scheduler answers there" in done.stderr
    done = workplace.run(*command, "missing.json")
    assert done.returncode == 2
    assert "missing.json: no such file" in done.stderr
    assert not workplace.output.exists()


def test_a_client_that_was_closed_is_told(cluster):
    with client_of(cluster) as client:
        engine = DaskEngine(client)
    for ask in (engine.n_workers, lambda: list(engine.run(Backlog(calls(work, ["good"]))))):
        with pytest.raises(ClusterError, match="the dask scheduler is gone"):
            ask()


def sleep_below(folder):
    """Say where, and stay there."""
    (folder / str(os.getpid())).touch()
    time.sleep(FOREVER_S)


ORPHANS = """
import sys
from pathlib import Path
from distributed import Client
from batchquant.engine.backlog import Backlog
from batchquant.engine.dask import DaskEngine, plugin
from e2e.test_cluster import sleep_below
from works import calls
with Client(sys.argv[1]) as client:
    list(DaskEngine(client).run(Backlog(calls(sleep_below, [Path(sys.argv[2])] * 2))))
"""


def test_when_the_parent_is_killed_workers_leave_off_what_they_are_at(tmp_path, cluster):
    command = [sys.executable, "-c", ORPHANS, cluster.address, tmp_path]
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join([*sys.path, tests, str(Path(__file__).parent)])
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}) as parent:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2, parent)
        parent.kill()
    with promised(10):
        while any(Path("/proc", path.name).exists() for path in tmp_path.iterdir()):
            time.sleep(0.05)


def kill_dask_worker(path):
    """Kill the dask worker that this process works for, unless that was done so often."""
    with path.open("a") as stream:
        stream.write("begun\n")
    pid = os.getpid()
    while b"multiprocessing.spawn" not in Path(f"/proc/{pid}/cmdline").read_bytes():
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(pid, signal.SIGKILL)
    time.sleep(FOREVER_S)


def test_a_work_that_takes_dask_workers_along_is_tried_alone_before_it_is_blamed(tmp_path, cluster):
    killer, path = Call(kill_dask_worker, tmp_path / "log"), tmp_path / "log"
    with client_of(cluster) as client, promised(120):
        events = list(DaskEngine(client).run(Backlog([killer, *calls(work, ["good"] * 10)])))
    values, lost = divided(events)
    assert values == ["good"] * 10
    assert lost == {path: "worker_died: its dask worker was gone, also when tried alone"}
    assert path.read_text().count("begun") == 3
    assert [type(event) for event in events if event.work == killer] == [
        *(Began, PutBack, Began, PutBack, Began),
        Lost,
    ]


def where_and_when(item):
    begin = time.monotonic()
    time.sleep(0.3)
    return begin, time.monotonic()


def most_at_a_time(spans):
    return max(sum(begin <= at < end for begin, end in spans) for at, _ in spans)


def test_dask_workers_of_a_machine_share_its_processes_and_its_memory(cluster):
    with client_of(cluster) as client, promised(60):
        client.wait_for_workers(2)
        for engine, most in [
            (DaskEngine(client), 2),
            (DaskEngine(client, processes=1), 1),
            (DaskEngine(client, budget_bytes=15), 1),
        ]:
            works = calls(where_and_when, range(8), need_bytes=10)
            events = list(engine.run(Backlog(works)))
            assert most_at_a_time(divided(events)[0]) <= most
            assert {event.where for event in events if isinstance(event, Began)} == {
                os.uname().nodename
            }


def trim_threshold(item):
    return item, int(os.environ["MALLOC_TRIM_THRESHOLD_"])


def test_worker_processes_keep_memory_for_the_next_array(cluster):
    """Dask has its workers give it back at once, which costs pictures half as much time again."""
    with client_of(cluster) as client, promised(60):
        client.wait_for_workers(2)
        works = Backlog(calls(trim_threshold, range(2)))
        kept = [found for _, found in divided(DaskEngine(client).run(works))[0]]
        told = client.run(trim_threshold, 0).values()
    assert kept == [64 * 1024 * 1024] * 2
    assert {found for _, found in told} == {65536}


def stress(function):
    return pytest.mark.skipif(not STRESS, reason="one of the long forms: make stress")(function)


@stress
def test_where_nothing_is_compiled_it_is_compiled_by_processor(tmp_path, monkeypatch):
    monkeypatch.setattr(plugin, "are_compiled", lambda: False)
    with promised(300):
        kernels = plugin.compiled_in(tmp_path)
    assert Path(kernels).parent == tmp_path / "kernels"
    assert list(Path(kernels).rglob("*.nbi"))
    with promised(60):  # what is there is not compiled again
        before = sorted(Path(kernels).rglob("*.nbc"))
        assert plugin.compiled_in(tmp_path) == kernels
        assert sorted(Path(kernels).rglob("*.nbc")) == before
    monkeypatch.undo()
    assert plugin.compiled_in(tmp_path) == ""


@stress
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("who", ["nanny", "dask worker", "worker process"])
def test_whatever_is_killed_the_tree_is_the_same(who, signum, long_job, cluster):
    with long_job.start(*on(cluster)) as run:
        wait_for_pictures(long_job, run)
        nanny = cluster.processes[1]
        if who == "worker process":
            pids = [pid for pid in descendants(nanny.pid) if is_worker(str(pid))]
        else:
            pids = [nanny.pid if who == "nanny" else dask_worker_below(nanny)]
        os.kill(pids[-1], signum)
        with promised(180):
            _, err = run.communicate()
    assert run.returncode == 0, err
    assert long_job.differences() == ""


@stress
def test_a_worker_process_that_is_stopped_is_overdue(cluster):
    limit = Limit(2 * slowness())
    with client_of(cluster) as client, promised(60):
        events = DaskEngine(client).run(Backlog(calls(work, ["stop", "good"], limit=limit)))
        values, lost = divided(events)
    assert values == ["good"]
    assert lost == {"stop": f"timeout: not done within {limit.seconds:g} s"}


@stress
def test_a_dask_worker_that_is_stopped_is_given_up(tmp_path_factory):
    patience = {"DISTRIBUTED__SCHEDULER__WORKER_TTL": "5s"}
    with (
        cluster_in(tmp_path_factory.mktemp("stopped"), 1, 1, **patience) as cluster,
        client_of(cluster) as client,
        promised(120),
    ):
        client.wait_for_workers(2)
        stopped, values = dask_worker_below(cluster.processes[1]), []
        for event in DaskEngine(client).run(Backlog(calls(where_and_when, range(30)))):
            if isinstance(event, Done):
                values.append(event.work.item)
                if len(values) == 4:
                    os.kill(stopped, signal.SIGSTOP)
        assert sorted(values) == list(range(30))


@stress
def test_kills_of_dask_workers_at_random_cost_no_work(tmp_path_factory):
    with (
        cluster_in(tmp_path_factory.mktemp("random"), 2, 2, 2) as cluster,
        client_of(cluster) as client,
        promised(300),
    ):
        client.wait_for_workers(3)
        done, kills = [], 0
        for event in DaskEngine(client).run(Backlog(calls(where_and_when, range(200)))):
            if isinstance(event, Remark | Began | PutBack):
                continue
            assert isinstance(event, Done)
            done.append(event.work.item)
            if len(done) % 40 == 20:
                os.kill(dask_worker_below(cluster.processes[1 + kills % 3]), signal.SIGKILL)
                kills += 1
        assert (sorted(done), kills) == (list(range(200)), 5)

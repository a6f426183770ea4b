import os

import chromium
import numpy as np
import pytest
from engine_kinds import KINDS
from hypothesis import HealthCheck, settings
from patience import slowness
from PIL import Image
from programs import need
from s3_servers import SERVERS, Counted

from batchquant.engine import cgroups
from batchquant.metrics import registry
from batchquant.metrics.metric import Metric
from batchquant.metrics.registry import metrics
from batchquant.quantization import compile_kernels
from batchquant.store.schema import figure_columns

settings.register_profile(  # a busy machine is no fault of the code
    "batchquant", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("batchquant")

# Hundreds of processes are started: each would compile the package and its libraries again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session", autouse=True)
def compiled():
    """Compile the kernels once, before the tests that stop processes look at the clock."""
    compile_kernels()


@pytest.fixture(params=KINDS)
def engine_kind(request):
    return KINDS[request.param]


@pytest.fixture
def engine(engine_kind):
    """Make each engine: of that many workers, within that budget of memory."""
    return engine_kind.make


@pytest.fixture
def engine_of_processes(engine_kind):
    """The same, for what only an engine with processes can promise."""
    if not engine_kind.has_processes:
        pytest.skip("the works of this engine run in the process of the test")
    return engine_kind.make


@pytest.fixture
def control_groups(tmp_path, monkeypatch):
    """Let there be that membership and those control groups: paths and what their files hold."""

    def pretend(membership, groups):
        (tmp_path / "cgroup").write_text(membership)
        for path, text in groups.items():
            file = tmp_path / "mount" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        monkeypatch.setattr(cgroups, "MEMBERSHIP", tmp_path / "cgroup")
        monkeypatch.setattr(cgroups, "CGROUPS", tmp_path / "mount")

    return pretend


@pytest.fixture
def mutool():
    """The path of MuPDF's command line; the test skips where it is missing."""
    return need("mutool", package="mupdf-tools")


@pytest.fixture
def vips():
    """The path of libvips' command line; the test skips where it is missing."""
    return need("vips", package="libvips-tools")


@pytest.fixture
def ghostscript():
    """The path of Ghostscript; the test skips where it is missing."""
    return need("gs", package="ghostscript")


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; the test skips where it is missing."""
    path = need("chromium", package="chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=chromium.FLAGS, timeout=30_000 * slowness()
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=SERVERS)
def s3_server(request, tmp_path_factory):
    """Each server that speaks S3; the test skips where it is missing."""
    with SERVERS[request.param](tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def counted_s3(s3_server):
    """The same behind a proxy that counts what is asked."""
    counted = Counted(s3_server)
    yield counted
    counted.end()


@pytest.fixture
def visit_folder(browser):
    """Opens the page of an output folder; nothing may be complained of in the end."""
    from visits import Visit  # and with it what drives browsers

    visits = []

    def begin(folder, **options):
        visits.append(Visit(browser, folder, **options))
        return visits[-1]

    yield begin
    for begun in visits:
        begun.context.close()
        assert begun.complaints == []


@pytest.fixture(scope="session")
def photo():
    """Write a small picture with many colors: a gradient with noise, different for each seed."""

    def write(path, *, height=24, width=32, seed=0, **options):
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[0:height, 0:width]
        base = np.stack([255 * x / width, 255 * y / height, 128 + 0 * x], axis=-1)
        pixels = np.clip(base + rng.normal(0, 20, base.shape), 0, 255).astype(np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, **options)
        return pixels

    return write


TOY = {"version": 3, "better": "lower", "bounds": (0.0, 9.0), "doc": "a figure of tests"}


@pytest.fixture
def extended(monkeypatch):
    """Let extensions add metrics of some names; they are gone behind the test."""

    def forget():
        for known in (metrics, registry.told_metrics, figure_columns):
            known.cache_clear()

    def extend(*names):
        made = [
            type("Toy", (Metric,), {"name": name, "title": name, **TOY, "compute": lambda *_: 1.0})
            for name in names
        ]
        monkeypatch.setattr(registry, "load_extensions", lambda base: made)
        forget()
        return metrics()

    yield extend
    monkeypatch.undo()
    forget()

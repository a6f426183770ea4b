"""`run --open` and `serve --open`: the page in a browser."""

import os
import re
import stat
import sys

import pytest
from circumstances import linux_only
from patience import promised
from servers_of_pages import served
from workplaces import wait_until

JOB = "inputs: photos\nk: 3\n"


@pytest.fixture
def browser_of_tests(workplace, photos):
    """An environment with a browser that notes what it opens."""
    program = workplace.path / "browser"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\n"
        "with Path(__file__).with_name('opened').open('a') as file:\n"
        "    print(*sys.argv[1:], file=file)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    workplace.write_job(JOB)
    return {**os.environ, "BROWSER": str(program)}


def opened(workplace):
    path = workplace.path / "opened"
    return path.read_text().splitlines() if path.exists() else []


def test_a_run_opens_its_page_at_the_end(workplace, browser_of_tests):
    (workplace.path / "photos" / "broken.png").write_text("buy milk")
    page = (workplace.output / "index.html").as_uri()
    assert workplace.run("run", "jobs.yaml", env=browser_of_tests).returncode == 3
    assert opened(workplace) == []
    assert workplace.run("run", "jobs.yaml", "--open", env=browser_of_tests).returncode == 3
    assert opened(workplace) == [page]
    options = ["--open", "--dry-run"]
    assert workplace.run("run", "jobs.yaml", *options, env=browser_of_tests).returncode == 0
    assert opened(workplace) == [page]


def test_where_there_is_none_the_run_is_as_good(workplace, browser_of_tests):
    environment = {**browser_of_tests, "PATH": "", "BROWSER": "no-such-browser"}
    done = workplace.run("run", "jobs.yaml", "--open", env=environment)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == (
        "batchquant: no browser is found here to open the page."
    )


def test_a_shard_has_no_page_to_open(workplace, browser_of_tests):
    done = workplace.run("run", "jobs.yaml", "--open", "--shard", "1/2", env=browser_of_tests)
    assert done.returncode == 2
    assert "--open: a shard writes no page. " in done.stderr
    assert not workplace.output.exists()


@linux_only
def test_a_page_that_is_served_is_opened_by_its_link(workplace, browser_of_tests):
    assert workplace.run("run", "jobs.yaml").returncode == 0
    with served(workplace, "--open", env=browser_of_tests) as server:
        with promised(20):
            wait_until(lambda: opened(workplace), server.process)
        (link,) = opened(workplace)
        # Other users see what programs are started with: that token is good once.
        token = link.removeprefix(f"http://127.0.0.1:{server.port}/?token=")
        assert re.fullmatch(r"[\w-]{43}", token)
        assert token != server.token
        answers = [server.ask_plainly(f"/?token={token}")[0] for _ in range(2)]
        assert [answer.status for answer in answers] == [303, 403]
        assert server.token in answers[0].getheader("Set-Cookie")
        assert server.ask("/", Authorization=f"Bearer {token}")[0].status == 403

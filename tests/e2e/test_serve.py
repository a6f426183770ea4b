"""`batchquant serve`: the page while a run goes on, for who has its link."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from circumstances import linux_only
from patience import promised, slowness
from playwright.sync_api import expect
from processes import wait_for_processes_to_end
from servers_of_pages import served
from visits import violations
from workplaces import wait_until

from batchquant.report.page.beside import PageBeside
from batchquant.store import LEDGER, Ledger

SERVER_IS_GONE = re.compile(r"ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE)")


@pytest.fixture
def shown(finished):
    """The page of a run that is over, served."""
    with served(finished) as server:
        yield server


def all_of(folder):
    """Everything in a folder, to the time it was changed.

    But for what SQLite keeps in memory that processes share: every reader is noted there.
    """
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.suffix != ".sqlite-shm"
    }


@pytest.fixture
def page(browser):
    """A page in a browser of which nothing is complained in the end, but what is expected."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000 * slowness())
    expect.set_options(timeout=20_000 * slowness())
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()
    assert page.complaints == []


@contextmanager
def looked_at(page, workplace):
    """Look at a folder's page, and leave it before the server ends: it asks every second."""
    with served(workplace) as server:
        page.goto(server.link)
        yield
        page.goto("about:blank")


@linux_only
def test_the_page_tells_of_a_run_that_is_killed_and_of_the_next(long_job, faults, page):
    (long_job.path / "photos").unlink()
    original = (long_job.path / "reference").resolve().parent / "photos"
    (long_job.path / "photos").mkdir()
    for path in original.iterdir():
        (long_job.path / "photos" / path.name).symlink_to(path)
    (long_job.path / "photos" / "broken.png").write_text("buy milk")
    run = long_job.start("run", "jobs.yaml", "-j", "2", env=faults({"05.png": "hang"}))
    wait_until((long_job.output / "_run" / "holder").exists, run)
    with served(long_job) as server:
        page.goto(server.link)
        assert page.url == f"http://127.0.0.1:{server.port}/"
        expect(page.locator("#live-work")).to_contain_text("photos/05.png")
        expect(page.locator("#live-told")).to_contain_text("22 variants made, 2 left")
        expect(page.locator("#live-failures")).to_contain_text("photos/broken.png")
        expect(page.locator("#live-pictures li")).to_have_count(11)
        painted = page.locator("#live-pictures canvas")
        expect(painted).to_have_count(11)  # what was made, and not the originals
        assert all(painted.evaluate_all("each => each.map((canvas) => canvas.width)"))
        expect(page.locator("#live-pictures li").first).to_contain_text(re.compile(r"K \d+, \w+"))
        expect(page.locator(".counts .done")).to_have_text("22 variants done")
        expect(page.locator(".counts .pending")).to_have_text("2 still to do")
        expect(page.locator(".counts .failed")).to_have_text("2 failed, of 1 picture")
        assert page.evaluate("window.isAsBefore = true")
        run.send_signal(signal.SIGKILL)
        run.communicate()
        wait_for_processes_to_end(run.pid)
        expect(page.locator("#live-told")).to_have_text(
            "No run is going on: the last one ended without a word"
        )
        assert long_job.run("run", "jobs.yaml").returncode == 3
        expect(page.locator("#live-told")).to_have_text("The run has ended")
        expect(page.locator(".counts .done")).to_have_text("24 variants done")
        expect(page.locator(".counts .pending")).to_be_hidden()
        assert page.evaluate("isAsBefore")  # the head was told anew, and the page not loaded
        page.get_by_role("button", name="in the gallery").click()
        expect(page.locator("#cards li.done")).to_have_count(12)
        expect(page.locator("#live-new")).to_be_hidden()
        page.locator("#live-pictures a").first.click()
        expect(page.locator("#viewer")).to_be_visible()
        assert page.locator("#result").evaluate("image => image.decode().then(() => true)")
    expect(page.locator("#live-told")).to_contain_text("batchquant serve does not answer")
    page.complaints[:] = [text for text in page.complaints if not SERVER_IS_GONE.search(text)]


def test_before_there_is_a_plan_it_says_so_and_then_shows_it(long_job, page):
    (long_job.output / "_run").mkdir(parents=True)
    run = long_job.start("run", "jobs.yaml", "-j", "1")
    wait_until((long_job.output / "_run" / "holder").exists, run)
    with looked_at(page, long_job):
        expect(page.locator("#cards li").first).to_be_visible()
        run.communicate()
        expect(page.locator("#live-told")).to_have_text("The run has ended")


def test_it_is_as_accessible_as_the_page_itself(finished, page):
    (finished.path / "photos" / "broken.png").write_text("buy milk")
    assert finished.run("run", "jobs.yaml").returncode == 3
    with looked_at(page, finished):
        expect(page.locator("#live-failures li")).to_have_count(1)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []


def ask_for_everything(server):
    for path in ("/", "/_run/live.json", "/_run/page/data/cards-0000.js"):
        assert server.status(path) == 200
    assert b"00.png" in server.ask("/_run/page/data/cards-0000.js")[1]
    told = json.loads(server.ask("/_run/live.json")[1])
    assert told["newest"]
    assert server.status(f"/{told['newest'][0]['thumbnail']}") == 200


def begun(long_job, *, is_killed):
    """Leave what a run does that is over, or was killed."""
    run = long_job.start("run", "jobs.yaml", "-j", "1")
    wait_until(lambda: len(list(long_job.output.rglob("*.pdf"))) >= 8, run)
    if is_killed:
        run.kill()
    run.communicate()
    wait_for_processes_to_end(run.pid)
    log_is_left = (long_job.output / "_run" / "ledger.sqlite-wal").exists()
    assert log_is_left == is_killed


@linux_only
@pytest.mark.parametrize("is_killed", [False, True])
def test_it_writes_nothing(is_killed, long_job):
    begun(long_job, is_killed=is_killed)
    before = all_of(long_job.output)
    with served(long_job) as server:
        ask_for_everything(server)
        assert server.end() == (130, "", "")
    assert all_of(long_job.output) == before


@linux_only
@pytest.mark.parametrize("is_killed", [False, True])
def test_nor_does_it_want_to(is_killed, long_job, mount):
    begun(long_job, is_killed=is_killed)
    disk = long_job.path / "disk"
    mount(disk, "-t", "tmpfs", "tmpfs")
    shutil.copytree(long_job.output, disk / "out")
    mount.again(disk, "ro")
    with served(long_job, output="disk/out") as server:
        ask_for_everything(server)
        assert server.end() == (130, "", "")


def test_who_has_no_token_gets_nothing(shown):
    paths = ("/", "/index.html", "/report.csv", "/_run/live.json", "/nothing", "/../x")
    for path in paths:
        for headers in (
            {},
            {"Cookie": f"batchquant-{shown.port}=x"},
            {"Cookie": "batchquant-1=" + shown.token},
            {"Authorization": "Bearer "},
            {"Authorization": f"Bearer {shown.token[:-1]}"},
            {"Authorization": f"Basic {shown.token}"},
        ):
            answer, content = shown.ask_plainly(path, **headers)
            assert (answer.status, answer.getheader("Set-Cookie")) == (403, None)
            assert b"use the link that batchquant has printed" in content
    for query in ("?token=", "?token=ünlikely".encode().decode("latin-1"), "?tokens=1"):
        assert (
            shown.send(
                f"GET /{query} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("latin-1")
            ).split()[1]
            == b"403"
        )


def test_the_link_becomes_a_cookie(shown):
    answer, _ = shown.ask_plainly(f"/?token={shown.token}")
    assert (answer.status, answer.getheader("Location")) == (303, "/")
    cookie, *attributes = answer.getheader("Set-Cookie").split("; ")
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Lax"]
    answer, content = shown.ask_plainly("/", Cookie=f"other=1; {cookie}")
    assert answer.status == 200
    assert b" in a few colors" in content
    assert "script-src 'self'" in answer.getheader("Content-Security-Policy")
    assert "unsafe" not in answer.getheader("Content-Security-Policy")
    # Nobody is sent to another place.
    for path in ("//evil.example/", "/%2Fevil.example/", "/\\evil.example/", "/\\\\evil.example"):
        answer, _ = shown.ask_plainly(f"{path}?token={shown.token}")
        place = answer.getheader("Location")
        assert place.startswith("/")
        assert not place.startswith(("//", "/\\"))


def test_by_a_name_that_is_not_ours_nothing_is_answered(shown):
    names = (
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.1.2.3",
        "[::2]",
        "[",
        "",
    )
    for name in names:
        answer, content = shown.ask("/", Host=name)
        assert answer.status == 421, name
        assert b"not called by that name" in content
        # Not even the token helps, nor does it come back as a cookie.
        answer, _ = shown.ask_plainly(f"/?token={shown.token}", Host=name)
        assert (answer.status, answer.getheader("Set-Cookie")) == (421, None)
    for name in ("localhost", "LOCALHOST:1", f"127.0.0.1:{shown.port}", "[::1]:9", "127.0.0.2"):
        assert shown.status("/", Host=name) == 200
    # Who sends no name is no browser, and is told the same.
    assert shown.send(b"GET / HTTP/1.0\r\n\r\n").split()[1] == b"421"
    assert b"not called by that name" in shown.send(b"GET /\r\n\r\n")


NOT_SHOWN = (
    "/../jobs.yaml",
    "/../../etc/passwd",
    "/%2e%2e/jobs.yaml",
    "/%2E%2E%2Fjobs.yaml",
    "/photos/../../jobs.yaml",
    "/photos/%2e%2e/%2e%2e/jobs.yaml",
    "/..%5cjobs.yaml",
    "/%252e%252e/jobs.yaml",
    "//etc/passwd",
    "/%2Fetc/passwd",
    "/etc/passwd",
    "/report.csv/",
    "/report.csv/x",
    "/report.csv%00",
    "/./report.csv",
    "/photos",
    "/photos/",
    "/_run/ledger.sqlite",
    "/_run/run.log",
    "/_run/plan.json",
    "/_run",
    "/_run/page/../run.log",
    "/%5frun/run.log",
    "/_run%2frun.log",
    "/_RUN/run.log",
    "/.hidden",
    "/" + "a" * 5000,
    "/" + "a/" * 5000,
    "/%FF%FE",
    "http://localhost/report.csv",
    "*",
    "?",
)


def test_what_is_not_to_be_shown_is_not_there(shown, finished):
    (finished.output / ".hidden").write_text("secret")
    assert shown.status("/report.csv") == 200
    for path in NOT_SHOWN:
        answer, content = shown.ask(path)
        assert answer.status == 404, path
        assert content == b"There is no such file to be shown.\n"


def test_links_are_followed_inside_only(shown, finished):
    output, outside = finished.output, finished.path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (output / "file.txt").symlink_to(outside / "secret.txt")
    (output / "folder").symlink_to(outside)
    (output / "up").symlink_to("..")
    (output / "root").symlink_to("/")
    (output / "loop").symlink_to("loop")
    (output / "here.csv").symlink_to("report.csv")
    (output / "_run" / "thumbs" / "x.txt").symlink_to("../run.log")
    os.mkfifo(output / "pipe.png")
    leading_out = (
        "file.txt",
        "folder/secret.txt",
        "up/outside/secret.txt",
        "up/out/report.csv/../../outside/secret.txt",
        f"root{outside}/secret.txt",
        "loop",
        "pipe.png",
    )
    for path in leading_out:
        assert shown.status(f"/{path}") == 404, path
    assert shown.status("/here.csv") == 200
    # What is not shown by its own name is not by another.
    assert shown.status("/_run/thumbs/x.txt") == 404


@linux_only
def test_a_name_that_becomes_a_link_in_the_moment_leads_nowhere(shown, finished):
    outside = finished.path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("secret")
    folder = finished.output / "swapped"
    flipping = f"""
mkdir -p inside; echo public > inside/a.txt
while true; do
  ln -sfn {outside} swapped.new; mv -T swapped.new out/swapped
  rm out/swapped; cp -r inside out/swapped
  rm -r out/swapped
done
"""
    process = subprocess.Popen(["sh", "-c", flipping], cwd=finished.path, process_group=0)
    try:
        answers = [shown.ask("/swapped/a.txt") for _ in range(400)]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert folder.name == "swapped"
    assert {answer.status for answer, _ in answers} <= {200, 404}
    assert all(b"secret" not in content for _, content in answers)


def test_names_of_every_kind_are_found(finished, shown):
    for name in ("100% ünlikely #1?.png", "a b+c.txt", "back\\slash.txt"):
        (finished.output / name).write_text(name)
        quoted = "".join(f"%{byte:02X}" for byte in name.encode())
        assert shown.ask(f"/{quoted}")[1].decode() == name
    (finished.path / "out" / os.fsdecode(b"latin-\xe9.txt")).write_text("old")
    assert shown.ask("/latin-%E9.txt")[1] == b"old"


def test_only_the_page_runs_scripts(finished, shown):
    script = "fetch('/_run/live.json')"
    for name in ("a.html", "a.svg", "a.js", "a.xhtml", "a.xml", "a.mjs", "a"):
        (finished.output / name).write_text(script)
        answer, _ = shown.ask(f"/{name}")
        assert answer.getheader("Content-Type") == "application/octet-stream"
        assert answer.getheader("Content-Disposition") == "attachment"
        assert "sandbox" in answer.getheader("Content-Security-Policy")
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert shown.ask("/index.html")[0].getheader("Content-Type") == "text/html; charset=utf-8"


def test_parts_and_heads(finished, shown):
    content = (finished.output / "report.csv").read_bytes()
    answer, whole = shown.ask("/report.csv")
    assert whole == content
    tag = answer.getheader("ETag")
    answer, nothing = shown.ask("/report.csv", "HEAD")
    assert (answer.status, nothing) == (200, b"")
    assert int(answer.getheader("Content-Length")) == len(content)
    assert shown.status("/report.csv", If_None_Match=tag) == 304
    last = len(content) - 1
    for asked, begin, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=2-5", 2, 6),
        (f"bytes={last}-", last, last + 1),
        ("bytes=-3", last - 2, last + 1),
        (f"bytes=-{10 * last}", 0, last + 1),
        (f"bytes=5-{10 * last}", 5, last + 1),
    ):
        answer, part = shown.ask("/report.csv", Range=asked)
        assert (answer.status, part) == (206, content[begin:end])
        assert answer.getheader("Content-Range") == f"bytes {begin}-{end - 1}/{len(content)}"
    for asked in (f"bytes={last + 1}-", "bytes=-0", "bytes=7-3"):
        answer, _ = shown.ask("/report.csv", Range=asked)
        assert answer.status == 416
        assert answer.getheader("Content-Range") == f"bytes */{len(content)}"
    for asked in ("bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=0-1" * 99):
        assert shown.ask("/report.csv", Range=asked)[1] == content
    assert shown.ask("/report.csv", Range="bytes=0-1", If_Range='"old"')[1] == content


def test_it_is_read_only(shown, finished):
    before = all_of(finished.output)
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "MOVE"):
        assert shown.ask("/report.csv", method)[0].status == 501
    assert all_of(finished.output) == before
    # What follows a request with a body is part of it, and no request of its own.
    inner = f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {shown.token}\r\n\r\n"
    outer = f"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(inner)}\r\n\r\n{inner}"
    answered = shown.send(outer.encode())
    assert answered.count(b"HTTP/1.1 ") == 1
    assert answered.startswith(b"HTTP/1.1 403 ")


NONSENSE = (
    b"",
    b"\r\n\r\n",
    b"\0" * 100_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",  # https
    b"GET " + b"/a" * 50_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: \xff\xfe=\x01;;;=;\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    b"GET //[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://[/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=1-" + b"9" * 5000 + b"\r\n\r\n",
)


def test_nonsense_is_refused_in_silence(shown):
    for sent in NONSENSE:
        assert b"HTTP/1.1 200" not in shown.send(sent)
    assert shown.status("/") == 200
    assert shown.end() == (130, "", "")


def test_many_who_say_nothing_keep_nobody_out_and_ctrl_c_ends_it_at_once(shown):
    idle = [shown.connect() for _ in range(200)]
    slow = shown.connect()
    slow.sendall(b"GET / HT")
    with promised(10):
        for _ in range(20):
            assert shown.status("/") == 200
    # Who does not get on with a request is not waited for, and who never reads is not either.
    with promised(30):
        assert slow.recv(1000) in (b"", b"HTTP/1.1 408 ")
    deaf = shown.connect()
    with pytest.raises(TimeoutError):  # it takes no more than it answers
        deaf.settimeout(1)
        for _ in range(100_000):
            deaf.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
    with promised(2):
        assert shown.end() == (130, "", "")
    for connection in (*idle, slow, deaf):
        connection.close()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_too(signum, shown):
    assert shown.status("/") == 200
    assert shown.end(signum) == (128 + signum, "", "")


def test_what_is_drawn_is_gone_when_it_ends(finished, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    with served(finished, env={**os.environ, "TMPDIR": str(folder)}) as server:
        assert server.status("/") == 200
        assert list(folder.iterdir())
        server.end()
    assert list(folder.iterdir()) == []


def test_what_cannot_be_served_is_told(workplace, finished):
    done = workplace.run("serve", "nowhere")
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = finished.run("serve", "out", "--port", str(port))
        assert done.returncode == 70
        assert done.stderr == (
            f"batchquant: 127.0.0.1, port {port}: cannot listen there: Address already in use.\n"
        )
    (finished.output / "_run" / "bucket").write_text("s3://pictures/out\n")
    done = finished.run("serve", "out")
    assert done.returncode == 2
    assert "what is made lies in s3://pictures/out" in done.stderr


def test_a_ledger_that_breaks_meanwhile_is_told_on_the_page(finished, shown):
    assert shown.status("/") == 200
    for path in finished.output.glob("_run/ledger.sqlite*"):
        path.write_bytes(b"no database at all" * 100)
    time.sleep(1.5)
    answer, content = shown.ask("/")
    assert answer.status == 503
    assert b"_run/ledger.sqlite: " in content
    assert shown.end() == (130, "", "")


def test_what_a_run_has_written_is_left_to_it_and_only_changes_are_drawn(finished, tmp_path):
    cards, details = (f"_run/page/data/{name}-0000.js" for name in ("cards", "details"))
    page = PageBeside(finished.output, tmp_path)
    page.draw()
    assert page.find("index.html").read_bytes() != (finished.output / "index.html").read_bytes()
    assert page.find(cards) is None
    with Ledger(finished.output / LEDGER) as ledger:
        record = next(each for each in ledger.records.values() if each.k == 3)
        ledger.write([replace(record, n_iter=12345)])
    page.draw()
    assert b"12345" not in (finished.output / details).read_bytes()
    drawn = page.find(details)
    assert b"12345" in drawn.read_bytes()
    first = drawn.stat().st_ino
    page.draw()
    assert drawn.stat().st_ino == first
    with Ledger(finished.output / LEDGER) as ledger:
        ledger.write([replace(record, n_iter=54321)])
    page.draw()
    assert b"54321" in page.find(details).read_bytes()
    assert finished.run("run", "jobs.yaml").returncode == 0
    page.draw()
    assert page.find(details) is None
    assert b"54321" in (finished.output / details).read_bytes()


def test_the_newest_come_first(finished, shown):
    told = json.loads(shown.ask("/_run/live.json")[1])
    assert told["isGoingOn"] is False
    assert told["counts"] == {
        "done": 12, "failed": 0, "left": 0, "failedPictures": 0, "asked": 0, "reached": 0,
    }  # fmt: skip
    labels = [entry["label"] for entry in told["newest"]]
    assert sorted(labels) == ["photos/a.png", "photos/c.bmp", "photos/trip/b.jpg"]
    for entry in told["newest"]:
        answer, content = shown.ask(f"/{entry['thumbnail']}")
        assert answer.getheader("Content-Type") == "image/jpeg"
        assert content.startswith(b"\xff\xd8")
        assert f'"{entry["k"]} {entry["init"]}"' in shown.ask(f"/{entry['palettes']}")[1].decode()
    (finished.path / "photos" / "c.bmp").touch()
    (finished.path / "photos" / "c.bmp").write_bytes(
        (finished.path / "photos" / "a.png").read_bytes()
    )
    assert finished.run("run", "jobs.yaml").returncode == 0
    with promised(10):
        while labels[0] != "photos/c.bmp":
            time.sleep(0.2)
            labels = [
                each["label"] for each in json.loads(shown.ask("/_run/live.json")[1])["newest"]
            ]

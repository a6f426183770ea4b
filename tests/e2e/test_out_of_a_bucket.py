"""Pictures in a bucket: what is made of them is what is made of the same in a folder."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from circumstances import STRESS
from patience import promised
from s3_servers import free_port
from workplaces import OF_BUCKETS, wait_until


@pytest.fixture
def trip(workplace, of_a_folder, bucket):
    """Its pictures in the bucket, with what is to be left out; and the tree that they make."""
    photos = of_a_folder.path / "photos"
    for name in (".hidden.png", ".cache/a.png", "@eaDir/a.png"):
        bucket.put(f"2024/photos/{name}", (photos / "a.png").read_bytes())
    bucket.put("2024/photos-of-others/a.png", (photos / "a.png").read_bytes())
    bucket.server.upload(photos, bucket.name, "2024/photos")
    workplace.write_job(OF_BUCKETS.replace("photos", f"s3://{bucket.name}/2024/photos/"))
    return of_a_folder.tree()


def test_a_bucket_makes_the_same_tree_as_a_folder(workplace, trip, bucket):
    planned = bucket.run("plan", "jobs.yaml")
    assert planned.returncode == 0, planned.stderr
    done = bucket.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert workplace.tree() == trip
    again = bucket.run("run", "jobs.yaml")
    assert "Nothing to do" in again.stdout
    assert bucket.counted.asked == {"LIST": 1}
    verified = bucket.run("verify", "out")
    assert (verified.returncode, "20 compared with the source" in verified.stdout) == (0, True)


def test_what_has_changed_in_a_bucket_is_made_again(workplace, trip, bucket, photo):
    assert bucket.run("run", "jobs.yaml").returncode == 0
    photo(workplace.path / "new.png", seed=9)
    bucket.put("2024/photos/a.png", (workplace.path / "new.png").read_bytes())
    changed = bucket.run("run", "jobs.yaml")
    assert (changed.returncode, "4 made, 16 made before" in changed.stdout) == (0, True)
    # The same bytes put anew have another time: they are read, and nothing is made.
    bucket.put("2024/photos/a.png", (workplace.path / "new.png").read_bytes())
    same = bucket.run("run", "jobs.yaml")
    assert "Nothing to do" in same.stdout
    bucket.server.delete(bucket.name, "2024/photos/a.png")
    assert bucket.run("run", "jobs.yaml").returncode == 0
    assert "a.png" not in {row["image"] for row in workplace.report()}


def test_an_object_alone_is_an_input(workplace, trip, bucket):
    workplace.write_job(f"inputs: s3://{bucket.name}/2024/photos/trip/b.jpg\nk: 3\n")
    done = bucket.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    (row,) = workplace.report()
    assert row["image"] == "b.jpg"


def test_a_large_picture_is_not_read_to_plan(workplace, trip, bucket, photo):
    photo(workplace.path / "large.bmp", height=1000, width=1000)
    bucket.put("large/large.bmp", (workplace.path / "large.bmp").read_bytes())
    workplace.write_job(f"inputs: s3://{bucket.name}/large\nk: 3\n")
    assert bucket.run("plan", "jobs.yaml", "--no-estimate").returncode == 0
    assert bucket.counted.asked == {"LIST": 1, "GET": 1}
    assert bucket.counted.n_bytes < 100_000


def test_a_server_that_fails_now_and_then_is_asked_again(workplace, trip, bucket):
    bucket.counted.mishaps = [503, None, 500]
    done = bucket.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not bucket.counted.mishaps
    assert workplace.tree() == trip


def test_what_is_wrong_with_a_bucket_is_said(workplace, trip, bucket):
    def told(**environment):
        done = bucket.run("plan", "jobs.yaml", **environment)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        return done.stderr

    url = bucket.counted.environment["AWS_ENDPOINT_URL"]
    wrong = told(AWS_SECRET_ACCESS_KEY="a guess")
    assert f"{url} does not take the credentials (SignatureDoesNotMatch): check AWS_ACC" in wrong
    assert "a guess" not in wrong
    nobody = f"http://127.0.0.1:{free_port()}"
    assert f"{nobody} cannot be reached: check AWS_ENDPOINT_URL" in told(AWS_ENDPOINT_URL=nobody)
    place = f"s3://{bucket.name}/2024/photos"
    (workplace.path / "jobs.yaml").write_text("inputs: s3://no-such-bucket/photos\nk: 3\n")
    assert f"there is no bucket no-such-bucket at {url}" in told()
    (workplace.path / "jobs.yaml").write_text(f"inputs: {place}-of-nobody\nk: 3\n")
    assert f"no picture in {place}-of-nobody" in told()


def test_a_bucket_that_is_not_there_any_more_leaves_what_was_made(workplace, trip, bucket):
    assert bucket.run("run", "jobs.yaml").returncode == 0
    before = workplace.report()
    gone = bucket.run("run", "jobs.yaml", AWS_SECRET_ACCESS_KEY="a guess")
    assert gone.returncode == 3
    assert [row | {"notes": ""} for row in workplace.report()] == before
    assert "does not take the credentials" in workplace.report()[0]["notes"]
    assert bucket.run("run", "jobs.yaml").returncode == 0
    assert workplace.report() == before


def test_a_picture_that_did_not_come_is_tried_again(workplace, trip, bucket):
    bucket.counted.refused = {f"/{bucket.name}/2024/photos/a.png": 403}
    done = bucket.run("run", "jobs.yaml")
    assert done.returncode == 3
    failed = [row for row in workplace.report() if row["image"] == "a.png"]
    assert {row["status"] for row in failed} == {"failed"}
    assert all("answers 403 Forbidden" in row["error"] for row in failed), failed
    bucket.counted.refused = {}
    assert bucket.run("run", "jobs.yaml").returncode == 0
    assert workplace.tree() == trip


def test_a_name_that_cannot_be_listed_is_said(trip, bucket):
    bucket.put("2024/photos/of\ntwo lines.png", b"no matter")
    told = bucket.run("plan", "jobs.yaml")
    assert told.returncode == 2
    assert "cannot be read: " in told.stderr
    assert "of\\ntwo lines.png" in told.stderr
    assert "rename that object, or name an input without it" in told.stderr


def test_a_server_that_does_not_answer_does_not_hold_up_the_end(workplace, trip, bucket):
    assert bucket.run("plan", "jobs.yaml", "--no-estimate").returncode == 0
    path = f"/{bucket.name}/2024/photos/c.bmp"
    bucket.counted.refused = {path: 503}
    env = os.environ | bucket.counted.environment
    run = workplace.start("run", "jobs.yaml", "-j", "1", env=env)
    wait_until(lambda: sum(asked == ("GET", path) for asked in bucket.counted.keys) > 1, run)
    run.send_signal(signal.SIGINT)
    with promised(5):
        run.communicate()
    assert run.returncode == 130


def test_headers_from_afar_are_asked_for_many_at_once(workplace, photo, bucket):
    photo(workplace.path / "a.png", height=8, width=8)
    for number in range(100):
        bucket.put(f"many/{number:03}.png", (workplace.path / "a.png").read_bytes())
    workplace.write_job(f"inputs: s3://{bucket.name}/many\nk: 2\n")
    bucket.counted.delay_s = 0.1
    planned = bucket.run("plan", "jobs.yaml", "--no-estimate")
    assert planned.returncode == 0, planned.stderr
    assert "(0.0 megapixels)" in planned.stdout
    assert bucket.counted.asked == {"LIST": 1, "GET": 100}
    assert bucket.counted.most_at_once > 8


def test_of_many_objects_none_is_asked_for_twice(workplace, photo, bucket):
    if bucket.server.is_slow and not STRESS:
        pytest.skip("many objects take long here: make stress")
    n_objects = 10_000 if STRESS else 1_100
    photo(workplace.path / "a.png", height=8, width=8)
    content = (workplace.path / "a.png").read_bytes()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: bucket.put(f"many/{n:05}.png", content), range(n_objects)))
    workplace.write_job(f"inputs: s3://{bucket.name}/many\nk: 2\nsheet: none\n")

    def run(*arguments):
        done = bucket.run(*arguments)
        assert done.returncode == 0, done.stderr
        assert 1 <= bucket.counted.asked.pop("LIST") <= -(-n_objects // 1000)
        return done.stdout

    run("plan", "jobs.yaml", "--no-estimate")
    assert bucket.counted.asked == {"GET": n_objects}  # their headers
    run("run", "jobs.yaml", "--only", "000*.png")
    assert bucket.counted.asked == {"GET": n_objects + 100}
    assert "Nothing to do" in run("run", "jobs.yaml", "--only", "000*.png")
    assert bucket.counted.asked == {}


def test_without_the_package_buckets_are_refused_at_their_line(workplace):
    (workplace.path / "sitecustomize.py").write_text(
        "import sys, importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'obstore' else find(name)\n"
    )
    workplace.write_job("inputs: s3://bucket/photos\nk: 3\n")
    path = os.pathsep.join([str(workplace.path), *sys.path])
    done = workplace.run("plan", "jobs.yaml", env=os.environ | {"PYTHONPATH": path})
    assert done.returncode == 2
    assert "jobs.yaml:1:9: inputs: s3:// cannot be read as it is installed." in done.stderr
    assert "Buckets need a package: pip install obstore" in done.stderr

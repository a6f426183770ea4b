"""Files that were picked on the page are copied by a command."""

import json

import pytest


@pytest.fixture
def ran(workplace, photos):
    workplace.write_job("inputs: photos\nk: [2, 3]\nsheet: none\n")
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    return workplace


def save(workplace, *paths, **others):
    content = {"picks": [{"path": path, "note": "x", **others} for path in paths]}
    (workplace.path / "picks.json").write_text(json.dumps(content))


def pick(workplace, *options):
    return workplace.run("picks", "out", "picks.json", *options)


def test_picked_files_are_copied_once_and_again(ran):
    paths = sorted(row["png"] for row in ran.report() if row["k"] == "3")[:2]
    save(ran, *paths, paths[0])
    for _ in range(2):
        said = pick(ran)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.splitlines() == [*(f"picks/{path}" for path in paths), "Copied: 2."]
    for path in paths:
        copy = ran.path / "picks" / path
        assert copy.read_bytes() == (ran.output / path).read_bytes()


def test_what_stands_in_its_place_stays_and_the_rest_goes_on(ran):
    first, second = sorted(row["png"] for row in ran.report())[:2]
    mine = ran.path / "to" / first
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    save(ran, first, second, "gone.png")
    said = pick(ran, "--to", "to")
    assert said.returncode == 3
    assert said.stdout.splitlines() == [f"to/{second}", "Copied: 1, not copied: 2."]
    blocked, gone = said.stderr.splitlines()
    assert blocked.startswith(f"{first}: not copied: blocked: ")
    assert gone == "gone.png: not copied: cannot be read: No such file or directory"
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    "path", ["../jobs.yaml", "/etc/passwd", "_run/ledger.sqlite", "a/../../jobs.yaml", "link/x", ""]
)
def test_nothing_is_copied_from_elsewhere(ran, path):
    outside = ran.path / "outside"
    outside.mkdir()
    (outside / "x").write_text("secret")
    (ran.output / "link").symlink_to(outside)
    save(ran, path)
    said = pick(ran)
    assert said.returncode == 3
    assert "not copied: " in said.stderr
    assert not (ran.path / "picks").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"picks": [1]}', '{"picks": [{"k": 3}]}'])
def test_a_file_without_picks_is_refused(ran, content):
    (ran.path / "picks.json").write_text(content)
    said = pick(ran)
    assert said.returncode == 2
    assert said.stderr.startswith(
        "batchquant: picks.json: there are no picks in it. The page saves them as JSON: "
    )


def test_a_folder_that_nothing_ran_into_is_said_so(ran):
    save(ran, "a.png")
    said = ran.run("picks", "photos", "picks.json")
    assert said.returncode == 2
    assert "photos: nothing has been run into this folder" in said.stderr

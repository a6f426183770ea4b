"""`vary`: combinations of settings, each as a job of its own."""

import pytest

JOB_FILE = """\
inputs: photos
output: out
k: [3, 5]
vary: {blur: [0, 2], color_space: [srgb, oklab], dither: [none, bayer]}
"""


@pytest.fixture
def varied(workplace, photo):
    for seed, name in enumerate(("a", "b")):
        photo(workplace.path / "photos" / f"{name}.png", height=40, width=60, seed=seed)
    workplace.write_job(JOB_FILE)
    return workplace


def test_every_combination_is_made_and_told_in_the_report(varied):
    done = varied.run("plan", "jobs.yaml", "--no-estimate")
    assert "  variants  32" in done.stdout, done
    done = varied.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    found = {
        (row["blur"], row["color_space"], row["dither"], row["job"]) for row in varied.report()
    }
    assert len(found) == 8
    assert ("0", "srgb", "none", "") in found
    assert ("2", "oklab", "bayer", "blur=2,color_space=oklab,dither=bayer") in found
    assert {row["status"] for row in varied.report()} == {"done"}
    assert varied.run("verify", "out").returncode == 0
    files = {path.read_bytes() for path in varied.output.rglob("a_k003_kmeans++.png")}
    assert len(files) == 8


def test_of_a_value_that_is_added_the_new_combinations_alone_are_made(varied):
    assert varied.run("run", "jobs.yaml").returncode == 0
    before = {path: path.stat().st_mtime_ns for path in varied.output.rglob("a_k*.png")}
    text = JOB_FILE.replace("[none, bayer]", "[none, bayer, atkinson]")
    varied.write_job(text)
    told = varied.run("plan", "jobs.yaml", "--why").stdout.splitlines()
    assert len(told) == 16
    assert all("dither=atkinson" in line and "new" in line for line in told)
    assert varied.run("run", "jobs.yaml").returncode == 0
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert len(varied.report()) == 48


def test_a_combination_that_is_not_planned_any_more_is_pruned(varied):
    assert varied.run("run", "jobs.yaml").returncode == 0
    varied.write_job(JOB_FILE.replace("blur: [0, 2], ", ""))
    pruned = varied.run("prune", "out", "jobs.yaml", "--yes")
    assert pruned.returncode == 0, pruned.stderr
    assert not list(varied.output.glob("blur*"))
    assert len(list(varied.output.rglob("*_k003_kmeans++.png"))) == 8


def test_one_combination_can_be_named(varied):
    done = varied.run("run", "jobs.yaml", "--job", "blur=2,dither=bayer", "-k", "3")
    assert done.returncode == 0, done.stderr
    assert "2 variants of 2 pictures: 2 made" in done.stdout


def test_options_stand_in_place_of_keys(varied):
    options = ("-s", "k=4", "--vary", "blur=0,1")
    assert varied.run("check", "jobs.yaml", *options).returncode == 0
    assert "  variants  16" in varied.run("plan", "jobs.yaml", "--no-estimate", *options).stdout
    done = varied.run("run", "jobs.yaml", *options)
    assert done.returncode == 0, done.stderr
    assert {(row["k"], row["blur"]) for row in varied.report()} == {("4", "0"), ("4", "1")}


def test_prune_is_told_what_the_last_run_was_told(varied):
    assert varied.run("run", "jobs.yaml", "-s", "k=4").returncode == 0
    refused = varied.run("prune", "out", "jobs.yaml", "--yes")
    assert refused.returncode == 2
    assert "the last run had -s k=4, and prune has neither" in refused.stderr
    done = varied.run("prune", "out", "jobs.yaml", "-s", "k=4")
    assert done.returncode == 0, done.stderr
    assert varied.run("run", "jobs.yaml").returncode == 0
    assert varied.run("prune", "out", "jobs.yaml", "--yes").returncode == 0
    assert not list(varied.output.rglob("*_k004_*"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_picture_is_opened_and_decoded_once_for_all_combinations(
    workplace, photo, counted, workers
):
    names = [f"{number}.png" for number in range(3)]
    for seed, name in enumerate(names):
        photo(workplace.path / "photos" / name, height=200, width=300, seed=seed)
    workplace.write_job(JOB_FILE)
    # Of two workers the one that is through first helps with the last picture.
    most = len(names) + (workers == "2")
    trees, counts = [], []
    # On a busy machine the parent may be later than a process waits for what it does next.
    for name in ("alone", *(f"chained {turn}" for turn in range(5))):
        environment, read = counted(name)
        done = workplace.run("run", "jobs.yaml", "-j", workers, "--output", name, env=environment)
        assert done.returncode == 0, done.stderr
        trees.append(workplace.tree(name))
        counts.append(read())
        assert trees[-1] == trees[0]
        if max(counts[-1].values()) <= most:
            break
    else:
        pytest.fail(f"{counts}")
    # Eight combinations, each with its contact sheet, and one of them all.
    assert counts[0] == {"read_source": 17 * len(names), "decode": 17 * len(names)}
    assert len(names) <= min(counts[-1].values())

"""The other commands, and the command line itself."""

import json
import os
import re
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from terminal import on_terminal
from workplaces import pixels_of

from batchquant import __version__
from batchquant.cli import image
from batchquant.formats.registry import kinds_of
from batchquant.jobfile import Job, JobFile, values
from batchquant.quantization.dithering.dither import DITHERS
from batchquant.quantization.kmeans.initialize import INITS


def test_one_picture(workplace, photos):
    done = workplace.run("image", "photos/a.png", "-k", "5", "-k", "3", "--format", "pdf")
    assert done.returncode == 0, done.stderr
    assert re.search(r"a_k003_kmeans\+\+.pdf: 3 colors, \d+ iterations, inertia \d+", done.stdout)
    assert {"a_k003_kmeans++.pdf", "a_k005_kmeans++.pdf"} <= set(workplace.names())


def test_one_picture_equals_the_same_picture_of_a_job(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\ninit: random\n")
    workplace.run("run", "jobs.yaml")
    workplace.run("image", "photos/a.png", "-k", "3", "--init", "random", "--output", "single")
    single = workplace.path / "single" / "a_k003_random.png"
    assert (
        single.read_bytes()
        == (workplace.output / "photos" / "a.png" / "a_k003_random.png").read_bytes()
    )
    assert len(np.unique(pixels_of(single).reshape(-1, 3), axis=0)) == 3


@pytest.mark.parametrize(
    ("options", "keys", "name"),
    [
        ("-k 3 --dither blue-noise", "k: 3\ndither: blue-noise", "a_k003_kmeans++.png"),
        (
            "-k 3 --dither bayer --dither-strength 0.3",
            "k: 3\ndither: bayer\ndither_strength: 0.3",
            "a_k003_kmeans++.png",
        ),
        (
            "-k 6 --refine swaps --n-init 2 --init random",
            "k: 6\nrefine: swaps\nn_init: 2\ninit: random",
            "a_k006_random.png",
        ),
        ("-k 4 --favor-rare 0.8", "k: 4\nfavor_rare: 0.8", "a_k004_kmeans++.png"),
        ("-k 2 --palette box.hex", "k: 2\npalette: box.hex", "a_k002_palette.png"),
        ("--palette box.hex", "palette: box.hex", "a_k003_palette.png"),
    ],
)
def test_options_of_one_picture_are_keys_of_a_job(workplace, photos, options, keys, name):
    (workplace.path / "box.hex").write_text("000000\nffffff\nc03020\n")
    workplace.write_job(f"inputs: photos\n{keys}\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    done = workplace.run("image", "photos/a.png", *options.split(), "--output", "one")
    assert done.returncode == 0, done.stderr
    of_job = workplace.output / "photos" / "a.png" / name
    assert (workplace.path / "one" / name).read_bytes() == of_job.read_bytes()


def test_options_that_do_not_go_together_are_refused_all_at_once(workplace, photos):
    (workplace.path / "box.hex").write_text("000000\nffffff\nc03020\n")
    strengths = ("--favor-rare", "0.5", "--dither-strength", "0.5")
    palette = ("--palette", "box.hex", "--n-init", "3")
    done = workplace.run("image", "photos/a.png", *palette, *strengths)
    assert done.returncode == 2
    assert [line.partition(", expected")[0] for line in done.stderr.splitlines()] == [
        "--n-init: found n_init beside a palette",
        "--favor-rare: found favor_rare beside a palette",
        "--dither-strength: found dither_strength beside dither: none",
    ]
    assert not any("_k" in name for name in workplace.names())


def test_an_existing_file_is_replaced_by_force_only(workplace, photos):
    (workplace.path / "a_k003_kmeans++.png").write_text("mine")
    refused = workplace.run("image", "photos/a.png", "-k", "3")
    assert refused.returncode == 2
    assert "found a_k003_kmeans++.png, expected no such files. Use --force." in refused.stderr
    assert (workplace.path / "a_k003_kmeans++.png").read_text() == "mine"
    assert workplace.run("image", "photos/a.png", "-k", "3", "--force").returncode == 0
    assert pixels_of(workplace.path / "a_k003_kmeans++.png").shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["image", "photos/a.png"], "Missing option '-k'"),
        (["image", "-k", "3"], "Missing argument 'PHOTO'"),
        (["image", "photos/none.png", "-k", "3"], "does not exist"),
        (["image", "photos/a.png", "--palette", "none.gpl"], "does not exist"),
        (["image", "photos/a.png", "-k", "0"], "0 is not in the range 1<=x<=4096"),
        (["run"], "jobs.yaml: no such file. To write one: batchquant init FOLDER"),
        (["rnu"], "No such command: rnu. Did you mean: batchquant run"),
    ],
)
def test_wrong_usage_ends_with_2(arguments, told, workplace, photos):
    done = workplace.run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_pipe_is_no_picture(workplace):
    os.mkfifo(workplace.path / "a.png")
    done = workplace.run("image", "a.png", "-k", "3")
    assert done.returncode == 1
    assert "no regular file" in done.stderr


def test_a_name_too_long_for_its_outputs_is_refused(workplace, photos):
    name = "x" * 250 + ".png"
    (photos / "a.png").rename(workplace.path / name)
    done = workplace.run("image", name, "-k", "3")
    assert done.returncode == 2
    assert "bad_name: outputs named after this file" in done.stderr


def test_output_in_ascii_is_no_fault(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = workplace.run("plan", "jobs.yaml", "--no-estimate", env=environment)
    assert done.returncode == 0, done.stderr


def test_a_broken_picture_ends_with_1(workplace):
    (workplace.path / "a.jpg").write_text("no picture")
    done = workplace.run("image", "a.jpg", "-k", "3")
    assert done.returncode == 1
    assert "a.jpg, 3 colors: unreadable: no picture" in done.stderr
    assert workplace.names() == ["a.jpg"]


def test_a_person_is_asked_for_what_is_missing(workplace, photos):
    code, shown = on_terminal(["image"], workplace.path, typed="photos/a.png\n4\n")
    assert code == 0, shown
    assert "Photo: " in shown
    assert "K, number of colors: " in shown
    assert (workplace.path / "a_k004_kmeans++.png").exists()


def test_a_terminal_shows_a_bar(workplace, photos):
    workplace.write_job("inputs: photos\nk: [3, 5]\n")
    code, shown = on_terminal(["run", "jobs.yaml"], workplace.path)
    assert code == 0
    assert "variant" in shown
    assert "0/6" in shown


def test_the_demo_draws_pictures_and_keeps_those_that_exist(workplace):
    done = workplace.run("demo", "samples")
    assert done.returncode == 0
    paths = sorted((workplace.path / "samples").iterdir())
    assert [str(path.relative_to(workplace.path)) for path in paths] == sorted(done.stdout.split())
    assert len(paths) == 5
    paths[0].write_bytes(b"mine")
    assert workplace.run("demo", "samples").returncode == 0
    assert paths[0].read_bytes() == b"mine"


def test_the_schema_is_json(workplace):
    schema = json.loads(workplace.run("schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"inputs", "k", "output", "jobs"} <= set(schema["properties"])


def test_check_tells_good_files(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    done = workplace.run("check", "jobs.yaml")
    assert (done.returncode, done.stdout) == (0, "jobs.yaml: good\n")


def test_the_version_is_told(workplace):
    assert workplace.run("--version").stdout == f"batchquant {__version__}\n"


def test_help_imports_nothing_heavy(workplace):
    code = (
        "import sys; from batchquant.cli import main\n"
        "try: sys.argv[1:] = ['--help']; main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'PIL', 'joblib', 'pydantic', 'yaml', 'pikepdf', 'tqdm', 'sqlite3',"
        " 'OpenImageIO'}\n"
        "print('loaded', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("loaded []\n")


def test_a_fault_of_ours_is_a_sentence_and_with_debug_a_traceback(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    environment = {**os.environ, "PYTHONPATH": str(workplace.path)}
    (workplace.path / "sqlite3.py").write_text("raise RuntimeError('broken on purpose')")
    told = workplace.run("run", "jobs.yaml", env=environment)
    assert told.returncode == 70
    assert "internal error: RuntimeError: broken on purpose" in told.stderr
    assert "Traceback" not in told.stderr
    debug = workplace.run("--debug", "run", "jobs.yaml", env=environment)
    assert "Traceback" in debug.stderr


def test_a_reader_that_has_seen_enough_is_no_fault(workplace, photo):
    photo(workplace.path / "photos" / "a.png")
    workplace.write_job("inputs: photos\nk: [1..4096]\n")
    command = f"{sys.executable} -m batchquant plan jobs.yaml --list | head -n 1"
    done = subprocess.run(
        command, shell=True, cwd=workplace.path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "photos/a.png/a_k001_kmeans++.png\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("option", "limits"),
    [
        ("k", (1, values.MAX_K)),
        ("seed", (0, values.MAX_SEED)),
        ("n_init", (1, values.MAX_RESTARTS)),
        ("max_iter", (1, values.MAX_ITERATIONS)),
    ],
)
def test_one_picture_has_the_limits_of_job_files(option, limits):
    kinds = {parameter.name: parameter.type for parameter in image.command.params}
    assert (kinds[option].min, kinds[option].max) == limits
    assert set(kinds["init"].choices) == set(INITS)
    assert tuple(kinds["formats"].choices) == kinds_of("formats")
    assert (
        tuple(kinds["dither"].choices) == ("none", *DITHERS) == get_args(get_args(values.Dither)[0])
    )
    assert tuple(kinds["refine"].choices) == get_args(get_args(values.Refine)[0])
    for share in ("favor_rare", "dither_strength"):
        assert (kinds[share].min, kinds[share].max) == (0, 1)


def test_one_picture_has_the_defaults_of_job_files():
    given = {parameter.name: parameter.default for parameter in image.command.params}
    for key in given.keys() & Job.model_fields.keys() - {"k", "palette"}:
        assert given[key] == Job.model_fields[key].default, key
    assert given["seed"] == JobFile.model_fields["seed"].default


def test_forgy_is_in_pixel_for_one_picture_too(workplace, photos):
    done = workplace.run("image", "photos/a.png", "-k", "3", "--init", "forgy")
    assert done.returncode == 0
    assert "a_k003_in_pixel.png" in workplace.names()

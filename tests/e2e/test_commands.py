"""The other commands, and the command line itself."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from circumstances import long_form
from terminal import on_terminal
from workplaces import pixels_of

from batchquant import __version__
from batchquant.cli import image
from batchquant.jobfile import JobFile, values
from batchquant.jobfile.explain import explain


def test_one_picture(workplace, photos):
    done = workplace.run("image", "photos/a.png", "-k", "5", "-k", "3", "--format", "pdf")
    assert done.returncode == 0, done.stderr
    assert re.search(r"a_k003_kmeans\+\+.pdf: 3 colors, [a-z ]+ \(PSNR \d+\.\d dB\)\n", done.stdout)
    assert "inertia" not in done.stdout
    assert {"a_k003_kmeans++.pdf", "a_k005_kmeans++.pdf"} <= set(workplace.names())
    more = workplace.run("image", "photos/a.png", "-k", "3", "-o", "more", "-v").stdout
    assert re.search(r"dB\)\n  \d+ iterations, inertia \d+, \d+\.\d dB, dE ", more)


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


@long_form
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
        (
            "-k 4 -s blur=1.5 -s pin=#ffffff,#000000",
            'k: 4\nblur: 1.5\npin: ["#ffffff", "#000000"]',
            "a_k004_kmeans++.png",
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
    assert done.stderr.splitlines() == [
        "batchquant: --n-init 3: n_init does not go with a palette (--palette box.hex), whose"
        " colors need no start. Remove n_init.",
        "batchquant: --favor-rare 0.5: favor_rare would change nothing: all colors of the palette"
        " (--palette box.hex) are taken. Remove favor_rare, or set a k smaller than the palette.",
        "batchquant: --dither-strength 0.5: dither_strength would change nothing: nothing is"
        " dithered. Remove dither_strength, or set dither.",
    ]
    assert not any("_k" in name for name in workplace.names())


def test_several_pictures_by_their_names_and_by_patterns(workplace, photos):
    done = workplace.run("image", "photos/c.bmp", "photos/**/*.[jp]*g", "-k", "2..4:2", "-o", "few")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (workplace.path / "few").iterdir()}
    assert names == {f"{stem}_k00{k}_kmeans++.png" for stem in "abc" for k in (2, 4)}
    (photos / "a.jpg").write_text("no picture")
    same = workplace.run("image", "photos/a.*", "-k", "2", "-o", "same")
    assert same.returncode == 2
    assert "photos/a.jpg, photos/a.png: their outputs would have the same names." in same.stderr
    some = workplace.run("image", "photos/a.jpg", "photos/c.bmp", "-k", "2", "-o", "some")
    assert some.returncode == 3
    assert "photos/a.jpg, 2 colors: unreadable: no picture" in some.stderr


def test_a_picture_from_standard_input_goes_to_standard_output(workplace, photos):
    workplace.run("image", "photos/a.png", "-k", "3", "-o", "one")
    command = [sys.executable, "-m", "batchquant", "image", "-", "-k", "3"]
    done = subprocess.run(
        command,
        input=(photos / "a.png").read_bytes(),
        capture_output=True,
        cwd=workplace.path,
        check=True,
    )
    assert done.stdout == (workplace.path / "one" / "a_k003_kmeans++.png").read_bytes()
    broken = subprocess.run(command, input=b"", capture_output=True, cwd=workplace.path)
    assert (broken.returncode, broken.stdout) == (1, b"")
    assert b"unreadable" in broken.stderr


def test_an_existing_file_is_replaced_by_force_only(workplace, photos):
    (workplace.path / "a_k003_kmeans++.png").write_text("mine")
    refused = workplace.run("image", "photos/a.png", "-k", "3")
    assert refused.returncode == 2
    assert "a_k003_kmeans++.png is there already. To replace: --force" in refused.stderr
    assert (workplace.path / "a_k003_kmeans++.png").read_text() == "mine"
    assert workplace.run("image", "photos/a.png", "-k", "3", "--force").returncode == 0
    assert pixels_of(workplace.path / "a_k003_kmeans++.png").shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["image", "photos/a.png"], "How many colors? Such as -k 5, or -k 3,5,7."),
        (["image", "-k", "3"], "PHOTO...: missing. All options: batchquant image --help"),
        (["image", "photos/none.png", "-k", "3"], "photos/none.png: no such file."),
        (["image", "photos", "-k", "3"], "photos: a folder. For all of its pictures: batchquant"),
        (["image", "photos/*.gif", "-k", "3"], "photos/*.gif: no such file."),
        (["image", "photos/a.png", "--palette", "none.gpl"], "none.gpl: no such file or directory"),
        (
            ["image", "photos/a.png", "-k", "0"],
            "-k 0: 0 does not work here. Write whole numbers from 1",
        ),
        (
            ["image", "photos/a.png", "-k", "3", "-s", "sheet=pdf"],
            "is about folders of pictures, for which",
        ),
        (
            ["image", "photos/a.png", "-k", "3", "-s", "before_after=webp"],
            "is about folders of pictures, for which",
        ),
        (["image", "photos/a.png", "-k", "3", "-s", "seed=1"], "There is an option for it"),
        (["image", "photos/a.png", "-k", "3,5", "-o", "-"], "2 files would go to standard output"),
        (
            ["plan", "-k", "3-9"],
            "-k 3-9: '3-9' does not work here. Did you mean 3..9? Write whole numbers",
        ),
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
    code, shown = on_terminal(["image"], workplace.path, typed="photos/a.png\nfour\n4..5\n")
    assert code == 0, shown
    assert "Error: 'four' does not work here. Write whole numbers from 1 to 4096" in shown
    assert "Photo: " in shown
    assert "How many colors, such as 5, or 3,5,7: " in shown
    assert (workplace.path / "a_k004_kmeans++.png").exists()
    assert (workplace.path / "a_k005_kmeans++.png").exists()


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


def test_one_picture_has_the_defaults_of_job_files():
    """Their help tells them without loading what they are checked by."""
    for _, (key, _, told) in image.OPTIONS.items():
        if default := re.search(r"Default: (.*)\.$", told):
            assert default[1] == explain(key).default
    given = {parameter.name: parameter for parameter in image.command.params}
    assert given["seed"].default == JobFile.model_fields["seed"].default
    assert (given["seed"].type.min, given["seed"].type.max) == (0, values.MAX_SEED)


def test_forgy_is_in_pixel_for_one_picture_too(workplace, photos):
    done = workplace.run("image", "photos/a.png", "-k", "3", "--init", "forgy")
    assert done.returncode == 0
    assert "a_k003_in_pixel.png" in workplace.names()

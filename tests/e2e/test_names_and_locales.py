"""File names are UTF-8 whatever the locale, and do no harm to a terminal."""

import os
import subprocess
import sys

import pytest
from circumstances import STRESS, linux_only
from programs import need
from terminal import on_terminal

NAME = "Grüße.png"
ENCODINGS = {"ascii": "C", "iso8859-1": "de_DE.ISO-8859-1"}
UTF8 = ("LANG", "LANGUAGE", "LC_CTYPE", "LC_ALL", "PYTHONUTF8", "PYTHONCOERCECLOCALE")


@pytest.fixture(scope="session")
def locale_of(tmp_path_factory):
    """The environment in which Python takes names for another encoding."""

    def environment(encoding):
        folder = tmp_path_factory.getbasetemp() / "locales"
        name = ENCODINGS[encoding]
        if name != "C" and not (folder / name).exists():
            folder.mkdir(exist_ok=True)
            localedef = need("localedef", package="locales")
            need("/usr/share/i18n/locales/de_DE", package="locales")
            command = [localedef, "-f", "ISO-8859-1", "-i", "de_DE", folder / name]
            subprocess.run(command, check=True)
        kept = {key: value for key, value in os.environ.items() if key not in UTF8}
        switched_off = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        return {**kept, **switched_off, "LC_ALL": name, "LOCPATH": str(folder)}

    return environment


@linux_only
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_rows_are_the_same_in_every_locale(workplace, photo, locale_of, encoding):
    photo(workplace.path / "Übung" / NAME)
    workplace.write_job("inputs: Übung\nk: 3\n")
    environment = locale_of(encoding)
    arguments = ("run", "jobs.yaml", "--only", f"Übung/{NAME}")
    done = workplace.run(*arguments, env=environment, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    (row,) = workplace.report()
    assert row["status"] == "done"
    assert row["png"] == f"Übung/{NAME}/Grüße_k003_kmeans++.png"
    again = workplace.run(*arguments, env={**os.environ, "PYTHONUTF8": "1"})
    assert again.stdout.startswith("Nothing to do.")
    assert workplace.run("verify", "out", "-j", "1", env=environment).returncode == 0


@linux_only
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_program_that_takes_names_for_others_is_told_how_to_start(
    workplace, photo, locale_of, encoding
):
    photo(workplace.path / "photos" / NAME)
    workplace.write_job("inputs: photos\nk: 3\n")
    code = "from batchquant import *\nprint(run_job(load_job('jobs.yaml'), workers=1).n_done)"
    told = f"Python reads them as {encoding}, and not as UTF-8. Start it"
    for options, returncode, stdout, stderr in (((), 1, "", told), (("-X", "utf8"), 0, "1\n", "")):
        done = subprocess.run(
            [sys.executable, *options, "-c", code],
            cwd=workplace.path,
            env=locale_of(encoding),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (returncode, stdout)
        assert stderr in done.stderr


@linux_only
def test_arguments_reach_the_command_byte_by_byte(workplace, locale_of):
    """Also those that are no UTF-8, and no text in the locale at all."""
    arguments = [os.fsdecode(name) for name in (b"Gr\xc3\xbc\xc3\x9fe", b"\xff\xfe.yaml", b"a b")]
    told = workplace.run("check", *arguments).stderr
    assert told.count("\n") == 3
    for encoding in ENCODINGS:
        assert workplace.run("check", *arguments, env=locale_of(encoding)).stderr == told


@linux_only
def test_the_command_starts_again_once_at_most(workplace, locale_of):
    """Where a person has switched it off by -X, it is not tried for ever."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "batchquant", "--version"],
        env=locale_of("ascii"),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0


EVIL = "a\x1b]0;pwn\x07\n\x9b2J\u202e.png"
SHOWN = r"a\x1b]0;pwn\x07\n\x9b2J\u202e.png"


@pytest.fixture
def evil(workplace, photo):
    """A job whose every name would steer a terminal, one picture of which is broken."""
    photos = workplace.path / "p\x1bhotos"
    photo(photos / EVIL)
    (photos / f"b{EVIL}").write_text("no picture")
    (photos / f"{EVIL}.no\x1bne").touch()
    workplace.write_job(
        'inputs: {path: "p\\ehotos", name: photos}\nk: 3\noutput: "o\\eut"\n', name="j\x1b.yaml"
    )
    workplace.output = workplace.path / "o\x1but"
    return workplace


COMMANDS = (
    (("run", "j\x1b.yaml", "-v"), 3),
    (("plan", "j\x1b.yaml", "--why"), 0),
    (("failed", "o\x1but"), 3),
    (("init", "p\x1bhotos", "--file", "i\x1b.yaml"), 0),
    (("check", "no\x1bne.yaml"), 2),
)
OTHERS = (
    (("check", "j\x1b.yaml"), 0),
    (("run", "j\x1b.yaml", "-q"), 3),
    (("plan", "j\x1b.yaml", "--no-estimate"), 0),
    (("status", "o\x1but"), 0),
    (("report", "o\x1but"), 0),
    (("verify", "o\x1but", "-j", "1"), 0),
    (("image", f"p\x1bhotos/{EVIL}", "-k", "2"), 0),
    (("image", f"p\x1bhotos/b{EVIL}", "-k", "2"), 1),
    (("init", "p\x1bhotos", "--file", "i\x1b.yaml"), 2),
    (("demo", "d\x1bemo"), 0),
    (("run", "j\x1b.yaml", "--only", "no\x1bne"), 2),
)


def test_names_do_not_steer_what_reads_the_output(evil):
    for arguments, code in (*COMMANDS, *(OTHERS if STRESS else ())):
        done = evil.run(*arguments)
        assert done.returncode == code, (arguments, done)
        shown = done.stdout + done.stderr
        assert shown.replace("\n", "").isprintable(), (arguments, shown)
    log = (evil.output / "_run" / "run.log").read_text()
    assert log.replace("\n", "").isprintable()
    assert f"photos/{SHOWN}: 1 made" in log
    (evil.path / "p\x1bhotos" / EVIL).rename(evil.path / "p\x1bhotos" / "a.png")
    (evil.output / "photos" / EVIL / f"{EVIL[:-4]}_k003_kmeans++.png").write_text("mine")
    left = evil.run("prune", "o\x1but", "j\x1b.yaml")
    assert SHOWN in left.stdout
    assert SHOWN in left.stderr
    assert (left.stdout + left.stderr).replace("\n", "").isprintable()


def test_a_list_is_escaped_for_a_terminal_and_raw_for_programs(evil):
    name = f"photos/{EVIL}/{EVIL[:-4]}_k003_kmeans++.png"
    listing = ("plan", "j\x1b.yaml", "--list")
    raw = evil.run(*listing).stdout
    assert f"{name}\n" in raw
    assert name in evil.run(*listing, "-0").stdout.split("\0")
    assert evil.run(*listing, "--null").stdout.count("\0") == 4
    code, shown = on_terminal(listing, evil.path)
    assert code == 0
    assert "\x1b" not in shown
    assert f"{SHOWN}/{SHOWN[:-4]}_k003_kmeans++.png" in shown


def test_null_without_a_list_is_wrong_usage(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    for more in ((), ("--why",)):
        done = workplace.run("plan", "jobs.yaml", "-0", *more)
        assert done.returncode == 2
        assert "Found --null without --list" in done.stderr


def test_ordinary_names_of_all_languages_are_shown_as_they_are(workplace, photo):
    names = [
        "Screenshot at 1.00\u202fPM.png",
        "旅\u3000行.png",
        "👩\u200d🎨.png",
        "می\u200cرود.png",
    ]
    for name in names:
        photo(workplace.path / "photos" / name)
    workplace.write_job("inputs: photos\nk: 3\n")
    shown = workplace.run("run", "jobs.yaml", "-v").stderr
    assert all(f"photos/{name} k=3" in shown for name in names)

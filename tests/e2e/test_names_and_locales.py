"""File names are UTF-8 whatever the locale, and do no harm to a terminal."""

import os
import subprocess
import sys

import pytest
from conftest import linux_only
from programs import need

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
    assert row["png"] == f"Übung/{NAME}/Grüße_k003_in_pixel.png"
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
    told = f"found Python reading them as {encoding}, expected UTF-8, whatever the locale. Start it"
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

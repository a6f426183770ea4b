"""What README says is what there is."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest
import yaml

from batchquant import errors, load_job
from batchquant.cli.main import COMMANDS, commands
from batchquant.engine.signals import STOP_SIGNALS
from batchquant.errors import Interrupted
from batchquant.jobfile.model import Job
from batchquant.jobfile.parts import InputFolder, Target
from batchquant.jobfile.run_wide import RUN_WIDE
from batchquant.report.columns import REPORT_COLUMNS
from batchquant.store.tables import VERSION, prepare

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def options():
    context = click.Context(commands)
    for name in COMMANDS:
        command = commands.get_command(context, name)
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                yield name, option
    yield "batchquant", "--debug"
    yield "batchquant", "--version"


@pytest.mark.parametrize(("command", "option"), list(options()))
def test_readme_names_every_option(command, option):
    assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", README)


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_names_every_command(command):
    assert re.search(rf"^\| `{command}[ `]", README, re.MULTILINE)


KEYS = (
    RUN_WIDE
    | set(Job.model_fields)
    | set(InputFolder.model_fields)
    | set(Target.model_fields)
    | {"jobs"}
)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_readme_names_every_key(key):
    assert f"`{key}`" in README


def test_the_job_file_in_readme_is_good(tmp_path):
    text = re.search(r"```yaml\n(.*?)```", README, re.DOTALL).group(1)
    for folder in ("photos", "scans/2024"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "jobs.yaml").write_text(text, encoding="utf-8")
    job_file = load_job(tmp_path / "jobs.yaml")
    keys = set(yaml.safe_load(text))
    # There is k, and an output folder.
    assert keys == (RUN_WIDE | set(Job.model_fields)) - {"name", "palette", "state"}
    assert job_file.jobs[0].k == (3, 5, 7, 9, 11, 16, 24, 32)


@pytest.mark.parametrize("name", ["quickstart", "sweep", "overnight", "accents"])
def test_the_job_files_in_configs_load(name, tmp_path):
    shutil.copytree(REPOSITORY / "configs", tmp_path / "configs")
    (tmp_path / "demo" / "photos").mkdir(parents=True)
    job_file = load_job(tmp_path / "configs" / f"{name}.yaml")
    assert job_file.jobs
    first_line = (REPOSITORY / "configs" / f"{name}.yaml").read_text().splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=batchquant.schema.json"
    assert f"`{name}.yaml`" in README


@pytest.mark.parametrize("column", REPORT_COLUMNS)
def test_readme_names_every_column(column):
    assert f"`{column}`" in README


def test_readme_names_every_exit_code():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if hasattr(kind, "exit_code")}
    for code in codes | {0, 1} | {Interrupted(signum).exit_code for signum in STOP_SIGNALS}:
        assert re.search(rf"^\| (\d+, )*{code}\b", README, re.MULTILINE), code


@pytest.mark.parametrize("target", re.findall(r"`make ([a-z]+)(?=[ `])", README + CONTRIBUTING))
def test_every_make_target_that_is_named_exists(target):
    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE)


def test_contributing_names_every_room():
    package = REPOSITORY / "batchquant"
    rooms = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    for room in rooms:
        assert f"| `{room}` |" in CONTRIBUTING


def test_the_queries_in_readme_work(tmp_path):
    section = README.partition("## The ledger as a database")[2].partition("\n## ")[0]
    queries = re.findall(r'sqlite3 out/_run/ledger.sqlite "(.*?)"', section, re.DOTALL)
    assert len(queries) == 2
    assert f"user_version`, now {VERSION}," in section
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection:
        prepare(connection)
        for query in queries:
            assert connection.execute(query).fetchall() == []
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (table,) in tables:
            told = re.search(rf"^\| [^|]*`{table}`[^|]* \|(.*)$", section, re.MULTILINE).group(1)
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            unknown = {name for name in columns if f"`{name}`" not in told}
            assert unknown <= {*REPORT_COLUMNS, "job", "folder", "image", "frame", "k", "init"}

"""What README and docs say is what there is."""

import re
import shutil
import sqlite3
from contextlib import closing

import pytest
import reference
import yaml
from documents import PATHS, REPOSITORY, TEXTS, blocks, recipes

from batchquant import __version__, errors, load_job
from batchquant.engine.signals import STOP_SIGNALS
from batchquant.errors import Interrupted
from batchquant.jobfile.model import Job
from batchquant.jobfile.parts import InputFolder, Target
from batchquant.jobfile.run_wide import RUN_WIDE
from batchquant.report.columns import REPORT_COLUMNS
from batchquant.store.tables import VERSION, prepare

MULTIPLE = re.DOTALL | re.MULTILINE
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_what_the_code_says_is_in_the_documents(name):
    """``make docs`` would change nothing."""
    assert reference.written(TEXTS[name]) == TEXTS[name]


def test_every_part_that_the_code_writes_is_somewhere():
    assert {name for text in TEXTS.values() for _, name, _ in reference.MARKED.findall(text)} == (
        set(reference.PARTS)
    )


def test_readme_is_short():
    assert len(TEXTS["README"].splitlines()) <= 150


def anchors(text):
    """What headings are called in links, as GitHub does it."""
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=MULTIPLE), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        to = (path.parent / target).resolve() if target else path
        assert to.exists(), target
        assert not anchor or anchor in anchors(to.read_text(encoding="utf-8")), (target, anchor)


KEYS = (
    RUN_WIDE
    | set(Job.model_fields)
    | set(InputFolder.model_fields)
    | set(Target.model_fields)
    | {"jobs"}
)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_the_documents_explain_every_key(key):
    _, _, explained = TEXTS["job-file"].partition("### What each key means")
    assert re.search(rf"[`{{]{key}[`:]", explained)


def test_the_job_file_in_the_documents_is_good(tmp_path):
    text = blocks(TEXTS["job-file"], "yaml")[0]
    for folder in ("photos", "scans/2024"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "jobs.yaml").write_text(text, encoding="utf-8")
    job_file = load_job(tmp_path / "jobs.yaml")
    keys = set(yaml.safe_load(text))
    # There is k, and an output folder.
    assert keys == (RUN_WIDE | set(Job.model_fields)) - {"name", "palette", "state"}
    assert job_file.jobs[0].k == (3, 5, 7, 9, 11, 16, 24, 32)


@pytest.mark.parametrize("name", ["README", "recipes"])
def test_each_recipe_has_a_file_and_an_output_of_its_own(name):
    """Else one would replace the pictures of another, under the same names."""
    found = recipes(name)
    assert len(found) == len(blocks(TEXTS[name], "yaml"))
    outputs = {file: yaml.safe_load(text).get("output") for file, text in found.items()}
    assert outputs == {file: f"out-{file.removesuffix('.yaml')}" for file in found}
    for file in found.keys() & recipes("recipes").keys():
        assert found[file] == recipes("recipes")[file]


@pytest.mark.parametrize("name", ["quickstart", "sweep", "overnight", "accents"])
def test_the_job_files_in_configs_load(name, tmp_path):
    shutil.copytree(REPOSITORY / "configs", tmp_path / "configs")
    (tmp_path / "demo" / "photos").mkdir(parents=True)
    job_file = load_job(tmp_path / "configs" / f"{name}.yaml")
    assert job_file.jobs
    first_line = (REPOSITORY / "configs" / f"{name}.yaml").read_text().splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=batchquant.schema.json"
    assert f"`{name}.yaml`" in TEXTS["job-file"]


@pytest.mark.parametrize("column", REPORT_COLUMNS)
def test_the_documents_name_every_column(column):
    assert f"`{column}`" in TEXTS["outputs"]


def test_the_documents_name_every_exit_code():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if hasattr(kind, "exit_code")}
    for code in codes | {0, 1} | {Interrupted(signum).exit_code for signum in STOP_SIGNALS}:
        assert re.search(rf"^\| (\d+, )*{code}\b", TEXTS["commands"], re.MULTILINE), code


@pytest.mark.parametrize(
    "target", re.findall(r"`make ([a-z]+)(?=[ `])", "".join(TEXTS.values()) + CONTRIBUTING)
)
def test_every_make_target_that_is_named_exists(target):
    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE)


def test_contributing_names_every_room():
    package = REPOSITORY / "batchquant"
    rooms = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    for room in rooms:
        assert f"| `{room}` |" in CONTRIBUTING


def test_the_queries_in_the_documents_work(tmp_path):
    section = TEXTS["ledger"]
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


def test_every_place_tells_the_same_version():
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) \((\S+)\)$", changes, re.MULTILINE)
    assert cited["version"] == __version__ == newest[1]
    assert str(cited["date-released"]) == newest[2]

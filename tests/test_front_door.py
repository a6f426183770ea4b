"""What `import batchquant` offers, and what it costs."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import batchquant

REPOSITORY = Path(__file__).parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
SOURCE = ast.parse((REPOSITORY / "batchquant" / "__init__.py").read_text(encoding="utf-8"))


def test_all_is_what_can_be_imported():
    assert batchquant.__all__ == sorted(batchquant.__all__)
    assert {"__version__", *batchquant._ROOMS} == set(batchquant.__all__) == set(dir(batchquant))
    typed = [node for node in ast.walk(SOURCE) if isinstance(node, ast.ImportFrom)]
    named = {alias.name: node.module for node in typed for alias in node.names}
    del named["import_module"], named["TYPE_CHECKING"]
    assert named == batchquant._ROOMS


@pytest.mark.parametrize("name", batchquant.__all__)
def test_all_that_is_public_is_there_and_says_what_it_is(name):
    found = getattr(batchquant, name)
    if name != "__version__":
        assert found.__name__ == name
        assert inspect.getdoc(found)


def test_other_names_are_none_of_it():
    with pytest.raises(AttributeError, match="'batchquant' has no attribute 'quantise'"):
        batchquant.quantise  # noqa: B018


def test_what_docs_import_is_public():
    imported = re.findall(r"^\W*from (batchquant\S*) import (.+)$", DOCS, re.MULTILINE)
    assert imported
    for module, names in imported:
        for name in names.split(", "):
            assert name in batchquant.__all__, f"{module}.{name}"


@pytest.mark.parametrize("name", batchquant.__all__)
def test_docs_name_all_that_is_public(name):
    if name != "__version__":
        assert re.search(rf"\b{name}\b", DOCS)


@pytest.mark.parametrize(
    "name",
    [name for name in batchquant.__all__ if inspect.isfunction(getattr(batchquant, name))],
)
def test_functions_tell_their_parameters_as_numpy_does(name):
    function = getattr(batchquant, name)
    told = inspect.getdoc(function)
    for section in ("Parameters", "Returns", "Raises"):
        assert f"\n{section}\n{'-' * len(section)}\n" in told
    for parameter in inspect.signature(function).parameters:
        assert re.search(
            rf"^([\w*]+, )*\*{{0,2}}{parameter}(, [\w*]+)*( : |$)", told, re.MULTILINE
        ), parameter


def test_importing_it_loads_nothing():
    code = "import sys, batchquant; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("batchquant")} == {"batchquant"}
    assert not {name.partition(".")[0] for name in loaded} & {"numpy", "PIL", "pydantic", "yaml"}

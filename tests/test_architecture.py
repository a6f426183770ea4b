"""The order and the doors of the rooms: which room may import what. See CONTRIBUTING.md."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "batchquant"
BENCHMARKS = sorted((Path(__file__).parent / "benchmarks").glob("*.py"))
TESTS = sorted(Path(__file__).parent.rglob("*.py"))

# A room imports only from rooms that stand before it.
ROOMS = [
    "errors",
    "extensions",
    "packages",
    "demo",
    "quantization",
    "files",
    "images",
    "formats",
    "metrics",
    "sources",
    "jobfile",
    "plan",
    "engine",
    "steps",
    "store",
    "report",
    "run",
    "estimate",
    "check",
    "serve",
    "api",
    "cli",
]
# The doors of each library: the only rooms that may import it. numpy is everywhere.
DOORS = {
    "yaml": {"jobfile"},
    "pydantic": {"jobfile", "files"},  # reads what is written by people, and what is written by us
    "pydantic_core": {"jobfile"},
    "pathspec": {"sources"},
    "PIL": {"images", "formats", "api"},
    "pillow_heif": {"images"},
    "uharfbuzz": {"images"},
    "bidi": {"images"},
    "rawpy": {"images"},
    "OpenImageIO": {"images"},
    "pikepdf": {"images", "formats"},
    "joblib": {"engine"},
    "distributed": {"engine"},
    "filelock": {"run"},
    "obstore": {"files"},
    "numba": {"quantization"},
    "llvmlite": {"quantization"},
    "sqlite3": {"store"},
    "jinja2": {"report"},
    "http": {"serve"},
    "socketserver": {"serve"},
    "webbrowser": {"cli"},
    "click": {"cli"},
    "tqdm": {"cli", "api"},
    "pandas": {"api"},
    "pyarrow": {"report"},
}
PURE = {"quantization", "metrics", "formats", "plan"}  # `test_pure_rooms` runs them, too
LEVEL = {room: level for level, room in enumerate(ROOMS)}
OUTSIDE = {"batchquant", "__init__", "__main__"}  # the front door, not a room
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            if node.module == "batchquant":
                yield from (f"batchquant.{a.name}" for a in node.names if a.name != "__version__")


def names(path):
    """Names and attributes a module uses, as written: ``np.random.seed``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node)


def test_every_room_has_its_place():
    assert {room_of(path) for path in MODULES} - OUTSIDE == set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_doors(path):
    room = room_of(path)
    if room in OUTSIDE:
        return
    for module in imports(path):
        top, *rest = module.split(".")
        if top == "batchquant" and rest and rest[0] != room:
            assert LEVEL[rest[0]] < LEVEL[room], f"{room} imports {module}"
        assert room in DOORS.get(top, {room}), f"{room} imports {top}: its doors are {DOORS[top]}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if room_of(path) in PURE],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_pure_rooms_have_no_files_no_clock_and_no_global_randomness(path):
    assert not {"time", "datetime", "random", "os", "uuid"} & set(imports(path))
    for name in names(path):
        assert name not in {"open", "io.open", "io.FileIO"}
        assert not name.startswith("np.random.") or name in {
            "np.random.Generator",
            "np.random.default_rng",
        }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_or_exits(path):
    if room_of(path) not in {"cli", *OUTSIDE}:
        forbidden = {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout", "SystemExit"}
        assert not forbidden & set(names(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_can_be_overlooked(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_no_test_imports_what_several_files_are_called(path):
    # Which conftest it is depends on where a process was started: other processes find another.
    assert "conftest" not in set(imports(path))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_benchmarks_find_what_they_import_of_us(path):
    # They need libraries that the tests do not, so that nothing else would notice.
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "batchquant":
            module = import_module(node.module)
            for each in node.names:
                assert hasattr(module, each.name) or find_spec(f"{node.module}.{each.name}")

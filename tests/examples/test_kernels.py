import errno

import numpy as np
import pytest

from batchquant.engine import compiled
from batchquant.errors import MachineError
from batchquant.quantization import compiler, quantize


@pytest.fixture
def loads(tmp_path, monkeypatch):
    """Count how often kernels are called, to be compiled or loaded, with a cache in `tmp_path`."""
    calls = []
    monkeypatch.setattr(compiler, "keep_cache_in", lambda folder, environment: None)
    monkeypatch.setattr(compiler, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr("batchquant.quantization.compile_kernels", calls.append)
    monkeypatch.setattr(compiled, "are_compiled", lambda: False)  # where they lie is not looked at

    def count():
        calls.clear()
        compiled.compile_kernels_in(tmp_path, print)
        return len(calls)

    return count


@pytest.mark.parametrize(("place", "exit_code"), [("out/_run/numba", 4), ("home", 70)])
def test_kernels_that_cannot_be_kept_are_told_with_their_place(
    tmp_path, monkeypatch, place, exit_code
):
    def compile_kernels(tell):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(compiler, "keep_cache_in", lambda folder, environment: None)
    monkeypatch.setattr(compiler, "cache_folder", lambda: tmp_path / place)
    monkeypatch.setattr(compiled, "are_compiled", lambda: False)
    monkeypatch.setattr("batchquant.quantization.compile_kernels", compile_kernels)
    with pytest.raises(MachineError, match=f"/{place}: .* cannot be kept: No space") as caught:
        compiled.compile_kernels_in(tmp_path / "out" / "_run", print)
    assert caught.value.exit_code == exit_code


def test_who_comes_later_believes_the_note(loads):
    assert [loads() for _ in range(3)] == [1, 0, 0]


@pytest.mark.parametrize("spoiled", [b"", b"cpython-310 numba 0.61", b"\xff\xfe"])
def test_a_note_of_something_else_is_not_believed(loads, tmp_path, spoiled):
    loads()
    (tmp_path / compiled.NOTE).write_bytes(spoiled)
    assert [loads(), loads()] == [1, 0]


def test_another_processor_compiles_anew(loads, monkeypatch):
    loads()
    monkeypatch.setattr(compiled, "_processor", lambda: "z80")
    assert [loads(), loads()] == [1, 0]


def test_another_source_compiles_anew(loads, tmp_path, monkeypatch):
    loads()
    monkeypatch.setattr(compiled, "_sources", lambda: tmp_path)
    (tmp_path / "compiler.py").write_text("pass\n")
    assert [loads(), loads()] == [1, 0]
    (tmp_path / "compiler.py").write_text("pass  # otherwise\n")
    assert [loads(), loads()] == [1, 0]


def test_without_a_cache_there_is_nothing_to_note(loads, monkeypatch):
    monkeypatch.setattr(compiler, "cache_folder", lambda: None)
    assert [loads(), loads()] == [1, 1]


def test_a_note_that_cannot_be_written_costs_nothing(loads, tmp_path):
    (tmp_path / compiled.NOTE).mkdir()
    assert [loads(), loads()] == [1, 1]


def test_the_note_lies_among_the_kernels():
    quantize(np.arange(24, dtype=np.uint8).reshape(2, 4, 3), 3)
    assert list(compiler.cache_folder().parent.rglob("octree.*.nbi"))


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """A folder of sources whose kernels are compiled beside them, and the note of it."""
    for name in compiled.OTHER_PLACES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(compiled, "_sources", lambda: tmp_path)
    note = tmp_path / "__pycache__" / compiled.NOTE
    note.parent.mkdir()
    note.write_text(compiled.state(), encoding="utf-8")
    return note


def test_that_they_are_compiled_is_known_by_the_note_beside_the_sources(beside):
    assert compiled.are_compiled()
    beside.unlink()
    assert not compiled.are_compiled()


def test_where_kernels_may_lie_elsewhere_nothing_is_known(beside, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/elsewhere")
    assert not compiled.are_compiled()
    monkeypatch.undo()


def test_what_was_compiled_for_another_processor_is_not_known(beside, monkeypatch):
    monkeypatch.setattr(compiled, "_processor", lambda: "z80")
    assert not compiled.are_compiled()

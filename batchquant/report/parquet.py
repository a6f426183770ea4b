"""The report as Parquet: columns with types, for who reads millions of rows."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchquant.files.opening import open_regular
from batchquant.packages import how_to_install
from batchquant.report.columns import FLOATS, TRUTHS, WHOLE
from batchquant.report.table import Cell, column_names, report_rows
from batchquant.store.reading import Known

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 16_384  # that are held, and stand as one group in the file: 30 MB, and 0.5 MB
MARK = {"batchquant": "report"}  # nothing of a clock, a machine or a version of ours
LEVEL = 3  # of zstd


def report_parquet(known: Known) -> Iterator[bytes]:
    """Yield the report as Parquet, bytes as there are some: a row for each variant, in plan order.

    Text, int64, double and boolean; null where a cell is empty. The same bytes in every run, by one
    version of pyarrow, whose name and version it holds.
    """
    import pyarrow as pa  # loads 100 MB, which other reports do without
    import pyarrow.parquet as pq

    columns = column_names(known.plan)
    schema = _schema(columns)
    sink = _Sink()
    options: dict[str, Any] = {"compression": "zstd", "compression_level": LEVEL}
    with pq.ParquetWriter(sink, schema, store_schema=False, **options) as writer:
        writer.add_key_value_metadata(MARK)
        held: list[tuple[Cell, ...]] = []

        def group() -> None:
            cells = zip(*held, strict=True) if held else ([] for _ in columns)
            arrays = [
                pa.array(list(column), each.type)
                for column, each in zip(cells, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROWS)
            held.clear()

        for row in report_rows(known):
            held.append(tuple(row.values()))
            if len(held) == ROWS:
                group()
            yield sink.take()
        if held:
            group()
    yield sink.take()


def rows_of_parquet(path: Path) -> Iterator[Mapping[str, Cell]]:
    """Read such a file; raises OSError, or ValueError where it is none or pyarrow is missing."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ValueError(
            f"cannot be read without pyarrow. To install it: {how_to_install('pyarrow')}"
        ) from error
    with open_regular(path) as stream:
        try:
            for batch in pq.ParquetFile(stream).iter_batches(ROWS):
                yield from batch.to_pylist()
        except (pa.ArrowException, OSError) as error:  # it says OSError of damage, too
            raise ValueError(f"found no Parquet: {error}") from error


def _schema(columns: tuple[str, ...]) -> "pa.Schema":
    import pyarrow as pa

    types = dict.fromkeys(TRUTHS, pa.bool_()) | dict.fromkeys(FLOATS, pa.float64())
    types |= dict.fromkeys(WHOLE, pa.int64())
    return pa.schema([(name, types.get(name, pa.string())) for name in columns])


class _Sink(io.RawIOBase):
    """Takes what is written, until it is taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any, /) -> int:
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken

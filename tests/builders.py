"""Records for tests, in few words."""

import os
import shutil
from dataclasses import replace

from batchquant.extensions import GROUP
from batchquant.files.digests import digest_of
from batchquant.plan.records import PlannedFile, Variant
from batchquant.store import Output


def variant_of(k, init, recipe="", **paths):
    """A variant with the files whose paths are given by kind."""
    files = (PlannedFile(kind, path, f"{recipe} {kind}") for kind, path in paths.items())
    return Variant(k, init, recipe, tuple(files))


def only(variant, *kinds):
    """The same variant with files of some kinds only."""
    return replace(variant, files=tuple(file for file in variant.files if file.kind in kinds))


def beside(variant, **paths):
    """The same variant with further files, or with others of those kinds."""
    more = variant_of(variant.k, variant.init, variant.recipe, **paths).files
    return replace(variant, files=(*(f for f in variant.files if f.kind not in paths), *more))


def output_of(variant, kind, content=b"1234", **changes):
    """What the ledger says of a file of a variant, of which a PNG gives the pixels back."""
    (file,) = only(variant, kind).files
    written = Output(
        file.path, len(content), digest_of(content), is_exact=kind == "png", recipe=file.recipe
    )
    return written._replace(**changes)


def write_as_6(connection):
    """Let an open ledger be of version 6, of before there were recipes."""
    ended = "CASE WHEN notes > '' THEN notes || '; ' ELSE '' END || file.note"
    is_its = " AND ".join(f"file.{c} = variants.{c}" for c in ("job", "folder", "image", "frame"))
    connection.execute(
        f"UPDATE variants SET notes = {ended} FROM outputs AS file WHERE {is_its}"
        " AND file.k = variants.k AND file.init = variants.init AND file.note IS NOT NULL"
    )
    connection.execute("ALTER TABLE variants RENAME COLUMN recipe TO fingerprint")
    for column in ("is_exact", "note", "recipe"):
        connection.execute(f"ALTER TABLE outputs DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 6")


def install_extension(site, module, *names):
    """Let a folder hold what an installer leaves of a package: a module, and what it extends with.

    Processes find it with `on_path`.
    """
    site.mkdir()
    shutil.copy(module, site)
    info = site / f"{module.stem}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module.stem}\nVersion: 1\n")
    entries = "".join(f"{name} = {module.stem}:{name}\n" for name in names)
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}")


def on_path(site, environment):
    """An environment in which Python processes find modules in a folder, too."""
    path = os.pathsep.join(filter(None, [str(site), environment.get("PYTHONPATH")]))
    return {**environment, "PYTHONPATH": path}

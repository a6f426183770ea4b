"""Notes on a picture, and on the files that show it → what a person is told."""

from collections.abc import Container, Mapping

from batchquant.formats.registry import formats


def join_notes(
    of_picture: str | None, of_files: Mapping[str, str | None], kinds: Container[str]
) -> str | None:
    """Join notes, those of files of some kinds as the registry has them, each once."""
    if not any(of_files.values()):
        return of_picture
    # Of an extension that is gone they come last.
    order = dict.fromkeys([*formats(), *sorted(of_files)])
    notes = [of_picture, *(of_files[kind] for kind in order if kind in of_files and kind in kinds)]
    return "; ".join(dict.fromkeys(filter(None, notes))) or of_picture

"""One run at a time for each output folder, or shards, each once."""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from batchquant.errors import OutputLockedError, StorageError
from batchquant.files.opening import kind_of, open_regular, read_regular

MAX_TOLD_BYTES = 1000  # of a holder: no more is shown
MAX_HOLDERS = 4  # that are told one by one


@contextmanager
def hold(folder: Path) -> Iterator[Callable[[], None]]:
    """Hold a folder's lock until the block ends, or the process does in whatever way.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing. Its file ``lock`` is what the system locks; the file ``holder``
        is there for people to read, and may be out of date after a kill.

    Yields
    ------
    callable
        Raises `StorageError` if the folder is not the one that is held any more: it was removed, or
        its disk was. What is written to files in it that are open is lost then, without an error.

    Raises
    ------
    OutputLockedError
        If another process holds it; says which, as far as `holder` tells.
    StorageError
        If the folder cannot be written to, or its file system has no locks; or if it is a symbolic
        link, or something lies in it at any depth that is neither file nor folder: what is written
        to a link would lie elsewhere, and who opens a pipe waits for ever.
    """
    holder = folder / "holder"
    lock = FileLock(folder / "lock")
    with ExitStack() as held:
        try:
            _refuse_intruders(folder)
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
            held.callback(lock.release)
            paper = held.enter_context(holder.open("wb", buffering=0))
            paper.write(_introduce().encode())
            fcntl.flock(paper, fcntl.LOCK_EX)  # for `holder_of`
            ours = os.fstat(paper.fileno())
        except Timeout as error:
            raise _in_use(folder) from error
        except OSError as error:
            raise StorageError.of(f"{folder}: cannot be locked", error) from error
        except NotImplementedError as error:
            raise StorageError(f"{folder}: cannot be locked: {error}.") from error

        def is_ours() -> bool:
            try:
                return os.path.samestat(holder.stat(), ours)
            except OSError:
                return False

        def check() -> None:
            if not is_ours():
                raise StorageError(f"{folder}: the folder is gone, or another one by now.")

        try:
            yield check
        finally:
            with suppress(OSError):  # the disk may be read-only by now
                if is_ours():
                    holder.unlink()


@contextmanager
def hold_with_others(folder: Path) -> Iterator[None]:
    """Hold a folder's lock until the block ends, as others may who do so by this, too.

    Each of them holds a folder below it, whose `holder` tells. Makes, and raises, as `hold` does.
    """
    with ExitStack() as held:
        try:
            _refuse_intruders(folder)
            folder.mkdir(parents=True, exist_ok=True)
            # By the same call as `FileLock`, which knows no lock that is shared.
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            held.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _in_use(folder) from error
        except OSError as error:
            raise StorageError.of(f"{folder}: cannot be locked", error) from error
        yield


def last_holder_of(folder: Path) -> str:
    """Tell who held a folder's lock last and did not let go in order; empty where nobody did.

    It was killed, or goes on where we do not see its lock: on another machine, below some network
    file systems.
    """
    return _read(folder / "holder") if (folder / "holder").exists() else ""


def refuse_held(folder: Path) -> None:
    """Raise OutputLockedError if somebody holds a folder, which may be missing."""
    if (who := holder_of(folder)) is not None:
        raise _in_use_by(folder, who)


def _in_use(folder: Path) -> OutputLockedError:
    """Say who holds a folder, or those below it."""
    below = [path.parent for path in sorted(folder.glob("*/holder"))]
    found = [f"{each.name} ({who})" for each in below if (who := holder_of(each))]
    told = "; ".join(found[:MAX_HOLDERS]) or _read(folder / "holder")
    told += ", and others" if len(found) > MAX_HOLDERS else ""
    return _in_use_by(folder, told)


def _in_use_by(folder: Path, who: str) -> OutputLockedError:
    return OutputLockedError(
        f"{folder}: it is in use by {who}. Wait for that to end, or choose another output folder."
    )


def holder_of(folder: Path) -> str | None:
    """Tell who holds a folder's lock. Makes and changes nothing, and refuses nobody.

    Parameters
    ----------
    folder : pathlib.Path
        May be missing.

    Returns
    -------
    str or None
        Who, as far as `holder` tells; None if nobody does.

    Notes
    -----
    To try ``lock`` itself, be it for an instant, would refuse a run that begins in that instant;
    and what `holder` says may be of a killed run whose number another process has by now. So who
    holds ``lock`` locks `holder`, too, and waits for those who ask: they let go at once.
    """
    holder = folder / "holder"
    try:
        with open_regular(holder) as paper:
            fcntl.flock(paper, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(holder)
    except OSError:
        pass
    return None


def _refuse_intruders(folder: Path) -> None:
    """See to it that whoever opens a file in a folder by its name opens a file of this folder."""
    found = folder if folder.is_symlink() else next(_intruders_in(folder), None)
    if found is None:
        return
    if found.is_symlink():
        raise StorageError(
            f"{found}: it is a link to {found.readlink()}, and nothing is written outside the"
            " output folder. Remove the link."
        )
    kind = kind_of(found.lstat().st_mode)
    raise StorageError(f"{found}: it is {kind}, neither file nor folder. Remove it.")


def _intruders_in(folder: str | Path) -> Iterator[Path]:
    # Not os.walk, after which each file has to be asked: with 100,000 of them that takes 0.6 s.
    with suppress(OSError), os.scandir(folder) as entries:  # it may be missing
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _intruders_in(entry.path)
            elif not entry.is_file(follow_symlinks=False):
                yield Path(entry)


def _introduce() -> str:
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return f"process {os.getpid()} on {socket.gethostname()}, running since {now}"


def _read(holder: Path) -> str:
    try:
        told = read_regular(holder, MAX_TOLD_BYTES).decode().strip()
    except (OSError, ValueError):
        told = ""
    return told if told.isprintable() and told else "another run"

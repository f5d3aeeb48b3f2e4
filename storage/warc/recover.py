"""Recovery after a crash: cuts torn tails and gives files their final names."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.warc.errors import DamageError, WarcError, system_error
from storage.warc.open_file import sync_directory
from storage.warc.record import OPEN_SUFFIX, packed_records


@dataclass(frozen=True, slots=True)
class RecoveredFile:
    """Result of the recovery of one file that a crash left."""

    warc_file: str  # final name
    kept_bytes: int  # 0: it held no exchange and was removed (or was not there at all)
    cut_bytes: int  # of a torn tail that no row refers to
    lost_bytes: int = 0  # that rows refer to, missing or damaged: restore the file from a copy


def recover(directory: Path, committed: Mapping[str, int]) -> tuple[RecoveredFile, ...]:
    """Finish every `.open` file whose writer is dead; returns a result for each, and for every loss.

    `committed`: final file name → end offset in bytes that the database refers to. A file is cut after
    its last whole gzip member (whole responses are kept, even without their request), but a file that
    is damaged before its committed end is not cut at all: see `lost_bytes`. Files of running writers are
    left alone. May be killed and run again at any time. Raises WarcError when a file cannot be
    read, cut or renamed.
    """
    recovered = [_recover_file(path, committed) for path in sorted(directory.glob(f"*.warc.gz{OPEN_SUFFIX}"))]
    results = [result for result in recovered if result]
    names = {result.warc_file for result in results}
    losses = [
        _committed_loss(directory / name, end) for name, end in sorted(committed.items()) if name not in names
    ]
    return (*results, *(loss for loss in losses if loss))


def _recover_file(path: Path, committed: Mapping[str, int]) -> RecoveredFile | None:
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None  # its writer or another recovery has just finished it
    except OSError as error:
        raise system_error(path, "recover", error) from error
    try:
        if not _lock_abandoned(fd, path):
            return None
        if final.exists():
            raise WarcError(f"{path}: {final.name} exists as well; compare the two and remove one")
        return _finish_file(fd, path, final, committed.get(final.name, 0))
    except OSError as error:
        raise system_error(path, "recover", error) from error
    finally:
        os.close(fd)


def _lock_abandoned(fd: int, path: Path) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(fd), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False  # a running writer holds it, or it was finished before the lock was taken


def _finish_file(fd: int, path: Path, final: Path, end: int) -> RecoveredFile:
    """Cut the tail, sync, rename; each step may be repeated after a kill."""
    size = os.fstat(fd).st_size
    whole_end, count = _last_whole_record(path)
    if count <= 1 and not end:  # nothing, or the warcinfo alone
        path.unlink()
        sync_directory(path.parent)
        return RecoveredFile(final.name, kept_bytes=0, cut_bytes=size)
    kept = whole_end if whole_end >= end else size
    os.ftruncate(fd, kept)
    os.fdatasync(fd)
    path.rename(final)
    sync_directory(path.parent)
    return RecoveredFile(
        final.name, kept_bytes=kept, cut_bytes=size - kept, lost_bytes=max(0, end - whole_end)
    )


def _last_whole_record(path: Path) -> tuple[int, int]:
    """Return the end of the last whole record in bytes, and how many records there are; unpacks them all."""
    end = count = 0
    try:
        for packed_record in packed_records(path):
            end, count = packed_record.offset + packed_record.length, count + 1
    except DamageError:
        pass  # the torn tail; an OSError is none and must not cut anything
    return end, count


def _committed_loss(final: Path, end: int) -> RecoveredFile | None:
    for path in (final, final.with_name(final.name + OPEN_SUFFIX), final):
        if path.exists():
            size = path.stat().st_size
            return (
                RecoveredFile(final.name, kept_bytes=size, cut_bytes=0, lost_bytes=end - size)
                if size < end
                else None
            )
    return RecoveredFile(final.name, kept_bytes=0, cut_bytes=0, lost_bytes=end) if end else None

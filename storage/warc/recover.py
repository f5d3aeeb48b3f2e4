"""Repair after a crash: torn tails cut, files given their final names."""

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
    """What became of one file a crash left."""

    warc_file: str  # final name
    kept: int  # bytes; 0: it held no exchange and was removed (or was not there at all)
    cut: int  # bytes of a torn tail nobody refers to
    lost: int = 0  # bytes the database refers to that are missing or damaged: restore from a copy


def recover(directory: Path, committed: Mapping[str, int]) -> tuple[RecoveredFile, ...]:
    """Finish every `.open` file whose writer is dead; one row for each, and one for every loss.

    `committed`: final file name → end offset in bytes that the database refers to. A file is cut after
    its last whole gzip member (whole responses are kept, even without their request), but a file that
    is damaged before its committed end is not cut at all: `lost` tells. Files of living writers are
    left alone. May be killed and run again at any time. Raises WarcError when a file cannot be
    read, cut or renamed.
    """
    found = [_recover_file(path, committed) for path in sorted(directory.glob(f"*.warc.gz{OPEN_SUFFIX}"))]
    rows = [row for row in found if row]
    told = {row.warc_file for row in rows}
    losses = [
        _committed_loss(directory / name, end) for name, end in sorted(committed.items()) if name not in told
    ]
    return (*rows, *(row for row in losses if row))


def _recover_file(path: Path, committed: Mapping[str, int]) -> RecoveredFile | None:
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None  # its writer, or another recovery, has just finished it
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
        return False  # a living writer holds it, or it was finished before we had the lock


def _finish_file(fd: int, path: Path, final: Path, end: int) -> RecoveredFile:
    """Cut, make durable, rename: each step may be repeated after a kill."""
    size = os.fstat(fd).st_size
    whole, count = _last_whole_record(path)
    if count <= 1 and not end:  # nothing, or the warcinfo alone
        path.unlink()
        sync_directory(path.parent)
        return RecoveredFile(final.name, kept=0, cut=size)
    kept = whole if whole >= end else size
    os.ftruncate(fd, kept)
    os.fdatasync(fd)
    path.rename(final)
    sync_directory(path.parent)
    return RecoveredFile(final.name, kept=kept, cut=size - kept, lost=max(0, end - whole))


def _last_whole_record(path: Path) -> tuple[int, int]:
    """End of the last whole member in bytes, and how many there are; all of them are unpacked."""
    end = count = 0
    try:
        for member in packed_records(path):
            end, count = member.offset + member.length, count + 1
    except DamageError:
        pass  # this is the tear; an OSError is none and must not cut anything
    return end, count


def _committed_loss(final: Path, end: int) -> RecoveredFile | None:
    for path in (final, final.with_name(final.name + OPEN_SUFFIX), final):
        if path.exists():
            size = path.stat().st_size
            return RecoveredFile(final.name, kept=size, cut=0, lost=end - size) if size < end else None
    return RecoveredFile(final.name, kept=0, cut=0, lost=end) if end else None

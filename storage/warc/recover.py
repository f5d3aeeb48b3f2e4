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
    recovered_files = [
        _recover_file(abandoned_path, committed)
        for abandoned_path in sorted(directory.glob(f"*.warc.gz{OPEN_SUFFIX}"))
    ]
    recovered = [recovery_result for recovery_result in recovered_files if recovery_result]
    recovered_names = {recovery_result.warc_file for recovery_result in recovered}
    committed_losses = [
        _committed_loss(directory / recovered_name, committed_end)
        for recovered_name, committed_end in sorted(committed.items())
        if recovered_name not in recovered_names
    ]
    return (*recovered, *(committed_loss for committed_loss in committed_losses if committed_loss))


def _recover_file(abandoned_path: Path, committed: Mapping[str, int]) -> RecoveredFile | None:
    recovered_path = abandoned_path.with_name(abandoned_path.name.removesuffix(OPEN_SUFFIX))
    try:
        recovery_fd = os.open(abandoned_path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None  # its writer or another recovery has just finished it
    except OSError as error:
        raise system_error(abandoned_path, "recover", error) from error
    try:
        if not _lock_abandoned(recovery_fd, abandoned_path):
            return None
        if recovered_path.exists():
            raise WarcError(
                f"{abandoned_path}: {recovered_path.name} exists as well; compare the two and remove one"
            )
        return _finish_file(
            recovery_fd, abandoned_path, recovered_path, committed.get(recovered_path.name, 0)
        )
    except OSError as error:
        raise system_error(abandoned_path, "recover", error) from error
    finally:
        os.close(recovery_fd)


def _lock_abandoned(recovery_fd: int, abandoned_path: Path) -> bool:
    try:
        fcntl.flock(recovery_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(recovery_fd), abandoned_path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False  # a running writer holds it, or it was finished before the lock was taken


def _finish_file(
    recovery_fd: int, abandoned_path: Path, recovered_path: Path, committed_end: int
) -> RecoveredFile:
    """Cut the tail, sync, rename; each step may be repeated after a kill."""
    open_size = os.fstat(recovery_fd).st_size
    whole_end, whole_records = _last_whole_record(abandoned_path)
    if whole_records <= 1 and not committed_end:  # nothing, or the warcinfo alone
        abandoned_path.unlink()
        sync_directory(abandoned_path.parent)
        return RecoveredFile(recovered_path.name, kept_bytes=0, cut_bytes=open_size)
    kept = whole_end if whole_end >= committed_end else open_size
    os.ftruncate(recovery_fd, kept)
    os.fdatasync(recovery_fd)
    abandoned_path.rename(recovered_path)
    sync_directory(abandoned_path.parent)
    return RecoveredFile(
        recovered_path.name,
        kept_bytes=kept,
        cut_bytes=open_size - kept,
        lost_bytes=max(0, committed_end - whole_end),
    )


def _last_whole_record(abandoned_path: Path) -> tuple[int, int]:
    """Return the end of the last whole record in bytes, and how many records there are; unpacks them all."""
    last_record_end = whole_records = 0
    try:
        for packed_record in packed_records(abandoned_path):
            last_record_end, whole_records = packed_record.offset + packed_record.length, whole_records + 1
    except DamageError:
        pass  # the torn tail; an OSError is none and must not cut anything
    return last_record_end, whole_records


def _committed_loss(recovered_path: Path, committed_end: int) -> RecoveredFile | None:
    for abandoned_path in (
        recovered_path,
        recovered_path.with_name(recovered_path.name + OPEN_SUFFIX),
        recovered_path,
    ):
        if abandoned_path.exists():
            open_size = abandoned_path.stat().st_size
            return (
                RecoveredFile(
                    recovered_path.name,
                    kept_bytes=open_size,
                    cut_bytes=0,
                    lost_bytes=committed_end - open_size,
                )
                if open_size < committed_end
                else None
            )
    return (
        RecoveredFile(recovered_path.name, kept_bytes=0, cut_bytes=0, lost_bytes=committed_end)
        if committed_end
        else None
    )

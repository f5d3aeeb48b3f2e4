"""A WARC file being written: appends whole records, syncs them to disk, gives the file its final name."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import weakref
from pathlib import Path

from storage.warc.errors import WarcError, system_error
from storage.warc.record import OPEN_SUFFIX


class OpenFile:
    """`<warc_file>.open`, locked while its writer runs (flock: the lock ends with the process).

    One thread appends; any thread may sync. After a disk error every further write fails, so that
    nothing counts as written that is not on disk; `recover` repairs the file.
    """

    def __init__(self, warc_directory: Path, warc_file: str) -> None:
        self.warc_file = warc_file
        self.end = 0  # bytes: offset of the next record
        self._final = warc_directory / warc_file
        self._path = warc_directory / (warc_file + OPEN_SUFFIX)
        try:
            self._fd: int | None = _create_locked(self._path, self._final)
        except FileExistsError as error:
            raise WarcError(
                f"{error.filename}: exists already and is never overwritten; "
                "run recovery if a crash left it, or give this run another name"
            ) from error
        except OSError as error:
            raise system_error(self._path, "create", error) from error
        self._durable = 0  # bytes known to be on disk
        self._broken = ""  # why nothing more may be written; empty = nothing is wrong
        self._lock = threading.Lock()  # _fd, between sync and finish
        _release_in_children(self)

    def append(self, records: bytes) -> int:
        """Write `records` in one call, return their offset; if they do not fit, nothing of them is left."""
        open_fd = self._writable()
        try:
            written_bytes = os.write(open_fd, records)
        except OSError as error:
            self._undo(open_fd)
            raise system_error(self._path, "write", error) from error
        if written_bytes < len(records):
            self._undo(open_fd)
            raise WarcError(
                f"{self._path}: cannot write: only {written_bytes} of {len(records)} bytes fitted; "
                "the disk or quota is full, or `ulimit -f` too low: free some space and start the crawl again"
            )
        self.end += written_bytes
        return self.end - written_bytes

    def sync(self) -> None:
        """Return when everything appended so far is on disk; cheap when it already is."""
        with self._lock:
            if not self._broken and (self._fd is None or self._durable == self.end):
                return
            synced_end, open_fd = (
                self.end,
                os.dup(self._writable()),
            )  # a copy: the file may be finished meanwhile
        try:
            os.fdatasync(open_fd)
        except OSError as error:  # the kernel may have dropped the pages: a second try proves nothing
            self._broken = f"fdatasync failed ({error.strerror})"
            raise system_error(self._path, "make durable", error) from error
        finally:
            os.close(open_fd)
        self._durable = max(self._durable, synced_end)

    def finish(self) -> None:
        """Sync the file to disk, rename it to its final name, close it."""
        self.sync()
        with self._lock:
            if self._fd is None:
                return
            try:
                self._path.rename(self._final)
                sync_directory(self._final.parent)
            except OSError as error:
                raise system_error(self._path, f"rename to {self._final.name}", error) from error
            self.release()

    def discard(self) -> None:
        """Remove the file: it holds no exchange."""
        with self._lock:
            self._path.unlink(missing_ok=True)
            self.release()

    def release(self) -> None:
        """Close the file under its present name; `recover` will finish it."""
        if self._fd is not None:
            os.close(self._fd)  # and with it the lock
            self._fd = None

    def _writable(self) -> int:
        if self._broken or self._fd is None:
            not_writable_reason = self._broken or "it is closed"
            raise WarcError(f"{self._path}: cannot write: {not_writable_reason}; start the crawl again")
        return self._fd

    def _undo(self, open_fd: int) -> None:
        try:
            os.ftruncate(open_fd, self.end)
        except OSError as error:
            self._broken = f"a half-written record could not be taken back ({error.strerror})"


def _release_in_children(open_file: OpenFile) -> None:
    """Close the file in forked children: a worker that outlives a killed writer must not hold its lock."""
    file_reference = weakref.ref(open_file)

    def release_inherited() -> None:
        if (inherited_file := file_reference()) is not None:
            inherited_file.release()

    os.register_at_fork(after_in_child=release_inherited)


def _create_locked(open_path: Path, final_path: Path) -> int:
    open_fd = os.open(open_path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    fcntl.flock(open_fd, fcntl.LOCK_EX)
    if os.fstat(open_fd).st_nlink == 0:  # a recovery removed the empty file before it was locked
        os.close(open_fd)
        return _create_locked(open_path, final_path)
    if final_path.exists():  # looked for after .open exists: two writers of one name cannot both get here
        open_path.unlink()
        os.close(open_fd)
        raise FileExistsError(errno.EEXIST, "exists", str(final_path))
    sync_directory(open_path.parent)
    return open_fd


def sync_directory(warc_directory: Path) -> None:
    """Sync a directory: names and renames in it outlast a power cut."""
    open_fd = os.open(warc_directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(open_fd)
    finally:
        os.close(open_fd)

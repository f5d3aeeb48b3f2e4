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

    def __init__(self, directory: Path, warc_file: str) -> None:
        self.warc_file = warc_file
        self.end = 0  # bytes: offset of the next record
        self._final = directory / warc_file
        self._path = directory / (warc_file + OPEN_SUFFIX)
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
        fd = self._writable()
        try:
            written = os.write(fd, records)
        except OSError as error:
            self._undo(fd)
            raise system_error(self._path, "write", error) from error
        if written < len(records):
            self._undo(fd)
            raise WarcError(
                f"{self._path}: cannot write: only {written} of {len(records)} bytes fitted; "
                "the disk or quota is full, or `ulimit -f` too low: free some space and start the crawl again"
            )
        self.end += written
        return self.end - written

    def sync(self) -> None:
        """Return when everything appended so far is on disk; cheap when it already is."""
        with self._lock:
            if not self._broken and (self._fd is None or self._durable == self.end):
                return
            end, fd = self.end, os.dup(self._writable())  # a copy: the file may be finished meanwhile
        try:
            os.fdatasync(fd)
        except OSError as error:  # the kernel may have dropped the pages: a second try proves nothing
            self._broken = f"fdatasync failed ({error.strerror})"
            raise system_error(self._path, "make durable", error) from error
        finally:
            os.close(fd)
        self._durable = max(self._durable, end)

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
            reason = self._broken or "it is closed"
            raise WarcError(f"{self._path}: cannot write: {reason}; start the crawl again")
        return self._fd

    def _undo(self, fd: int) -> None:
        try:
            os.ftruncate(fd, self.end)
        except OSError as error:
            self._broken = f"a half-written record could not be taken back ({error.strerror})"


def _release_in_children(file: OpenFile) -> None:
    """Close the file in forked children: a worker that outlives a killed writer must not hold its lock."""
    file_reference = weakref.ref(file)

    def release_inherited() -> None:
        if (inherited := file_reference()) is not None:
            inherited.release()

    os.register_at_fork(after_in_child=release_inherited)


def _create_locked(path: Path, final: Path) -> int:
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    fcntl.flock(fd, fcntl.LOCK_EX)
    if os.fstat(fd).st_nlink == 0:  # a recovery removed the empty file before it was locked
        os.close(fd)
        return _create_locked(path, final)
    if final.exists():  # looked for after .open exists: two writers of one name cannot both get here
        path.unlink()
        os.close(fd)
        raise FileExistsError(errno.EEXIST, "exists", str(final))
    sync_directory(path.parent)
    return fd


def sync_directory(directory: Path) -> None:
    """Sync a directory: names and renames in it outlast a power cut."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

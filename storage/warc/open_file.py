"""A WARC file while it grows: append whole pieces, make them durable, give it its final name."""

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
    """`<warc_file>.open`, locked for as long as its writer lives (flock: a kill lets go of it).

    One thread appends; any thread may sync. After an error of the disk it refuses everything, so that
    nothing is ever counted as written that is not; `recover` repairs what it left.
    """

    def __init__(self, directory: Path, warc_file: str) -> None:
        self.warc_file = warc_file
        self.end = 0  # bytes: where the next piece will start
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
        self._broken = ""  # why nothing more may be written
        self._lock = threading.Lock()  # _fd, between sync and finish
        _release_in_children(self)

    def append(self, piece: bytes) -> int:
        """Write `piece` in one call and return its offset; if it does not fit, leave no trace of it."""
        fd = self._writable()
        try:
            written = os.write(fd, piece)
        except OSError as error:
            self._undo(fd)
            raise system_error(self._path, "write", error) from error
        if written < len(piece):
            self._undo(fd)
            raise WarcError(
                f"{self._path}: cannot write: only {written} of {len(piece)} bytes fitted; "
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
        """Make durable, rename to the final name, let go."""
        self.sync()
        with self._lock:
            if self._fd is None:
                return
            try:
                self._path.rename(self._final)
                sync_directory(self._final.parent)
            except OSError as error:
                raise system_error(self._path, f"rename to {self._final.name}", error) from error
            self.let_go()

    def discard(self) -> None:
        """Remove the file: it holds nothing."""
        with self._lock:
            self._path.unlink(missing_ok=True)
            self.let_go()

    def let_go(self) -> None:
        """Close the file as it is; `recover` will finish it."""
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
    """Forked children must not hold the lock: workers may outlive a killed writer for a while."""
    known = weakref.ref(file)

    def forget() -> None:
        if (inherited := known()) is not None:
            inherited.let_go()

    os.register_at_fork(after_in_child=forget)


def _create_locked(path: Path, final: Path) -> int:
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    fcntl.flock(fd, fcntl.LOCK_EX)
    if os.fstat(fd).st_nlink == 0:  # a recovery saw the empty file before it was locked, and removed it
        os.close(fd)
        return _create_locked(path, final)
    if final.exists():  # looked for after .open exists: two writers of one name cannot both get here
        path.unlink()
        os.close(fd)
        raise FileExistsError(errno.EEXIST, "exists", str(final))
    sync_directory(path.parent)
    return fd


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

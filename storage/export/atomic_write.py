"""Whole files: what is written is there complete or not at all, whatever ends the program."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from storage.export.errors import ExportError, write_error


class CountingStream(io.RawIOBase):
    """A stream that counts and digests what is written to it."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: Any) -> int:  # noqa: ANN401 - bytes or a buffer of Arrow's
        """Append bytes."""
        self._digest.update(data)
        size = memoryview(data).nbytes
        self._stream.write(data)
        self.bytes += size
        return size

    def flush(self) -> None:
        self._stream.flush()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.bytes

    def close(self) -> None:
        """Nothing: the stream belongs to the one who opened it."""

    @property
    def sha256(self) -> str:
        """Hex digest of all that was written."""
        return self._digest.hexdigest()


@contextmanager
def atomic_file(path: Path) -> Iterator[CountingStream]:
    """A file that takes its name when all is written and safe on disk; raises ExportError.

    After an error, a signal or a crash, what stood under that name before still does. What a killed export
    leaves behind, `.name.partial`, the next one takes for its own.
    """
    unfinished = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _ours(unfinished) as stream:
            try:
                counted = CountingStream(stream)
                yield counted
                stream.flush()
                os.fsync(stream.fileno())
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


@contextmanager
def _ours(path: Path) -> Iterator[BinaryIO]:
    """A new, empty file that no other process writes as long as this one does."""
    with path.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportError(f"{path}: another export is writing it; wait for it") from error
        if not path.exists() or path.stat().st_ino != os.fstat(stream.fileno()).st_ino:
            raise ExportError(f"{path}: another export has just finished; run again")
        stream.truncate(0)
        yield stream


def write_atomically(path: Path, text: str) -> None:
    """Write a small file whole; raises ExportError."""
    with atomic_file(path) as stream:
        stream.write(text.encode())


def sync_folder(folder: Path) -> None:
    """Make renames within a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

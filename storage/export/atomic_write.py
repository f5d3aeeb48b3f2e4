"""Atomic writes: a file appears under its name complete or not at all, whatever ends the program."""

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
    """A binary stream that counts and digests the bytes written to it; closing it leaves the file open."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, written_data: Any) -> int:  # noqa: ANN401 - bytes or a buffer of Arrow's
        """Append bytes; returns how many."""
        self._digest.update(written_data)
        written_bytes = memoryview(written_data).nbytes
        self._stream.write(written_data)
        self.bytes += written_bytes
        return written_bytes

    def flush(self) -> None:
        self._stream.flush()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.bytes

    def close(self) -> None:
        """Do nothing: whoever opened the file closes it."""

    @property
    def sha256(self) -> str:
        """Hex digest of everything written so far."""
        return self._digest.hexdigest()


@contextmanager
def atomic_file(path: Path) -> Iterator[CountingStream]:
    """Open a file that takes its name only when it is complete and on disk; raises ExportError.

    After an error, a signal or a crash the previous file of that name is unchanged. A killed export may
    leave `.name.partial` behind; the next export writes over it.
    """
    partial_file = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked_partial_file(partial_file) as stream:
            try:
                counting_stream = CountingStream(stream)
                yield counting_stream
                stream.flush()
                os.fsync(stream.fileno())
                partial_file.replace(path)
            except BaseException:
                partial_file.unlink(missing_ok=True)
                raise
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


@contextmanager
def _locked_partial_file(partial_file: Path) -> Iterator[BinaryIO]:
    """Open an empty file that no other process writes at the same time."""
    with partial_file.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportError(f"{partial_file}: another export is writing it; wait for it") from error
        if not partial_file.exists() or partial_file.stat().st_ino != os.fstat(stream.fileno()).st_ino:
            raise ExportError(f"{partial_file}: another export has just finished; run again")
        stream.truncate(0)
        yield stream


def write_atomically(path: Path, text: str) -> None:
    """Write a small text file atomically; raises ExportError."""
    with atomic_file(path) as stream:
        stream.write(text.encode())


def sync_folder(folder: Path) -> None:
    """Make renames within a folder durable: they outlast a power cut."""
    folder_handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_handle)
    finally:
        os.close(folder_handle)

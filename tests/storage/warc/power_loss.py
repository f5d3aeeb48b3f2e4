"""A disk that loses its power: what is done to files is recorded, each state a crash may leave is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TAILS = ("kept", "dropped", "half", "zeros")  # what becomes of bytes that were written and not synced
NAMES = -1  # the directory, as a file


@dataclass(frozen=True)
class Step:
    """One thing that was done."""

    what: str  # create, write, sync, truncate, rename, unlink, commit
    file: int = NAMES  # counted as they were created
    data: bytes = b""
    name: str = ""  # of a create or rename
    size: int = 0  # of a truncate; of a commit: how many captures the database may refer to from now on


@dataclass
class Recorder:
    """Writes down what goes through `os`, and lets it happen."""

    steps: list[Step] = field(default_factory=list)
    files: dict[int, int] = field(default_factory=dict)  # descriptor → file
    names: dict[str, int] = field(default_factory=dict)
    created: int = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record until the end of the block."""
        noted: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "dup": self._dupped,
            "write": lambda n, fd, data: self._step("write", fd, data=bytes(data[:n])),
            "fdatasync": lambda _, fd: self._step("sync", fd),
            "fsync": lambda _, fd: self._step("sync", fd),
            "ftruncate": lambda _, fd, size: self._step("truncate", fd, size=size),
            "rename": self._renamed,
            "unlink": self._unlinked,
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, note in noted.items():
                patch.setattr(os, name, self._noting(getattr(os, name), note))
            yield

    @staticmethod
    def _noting(call: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
        def done(*args: Any, **kwargs: Any) -> Any:
            told = call(*args, **kwargs)
            note(told, *args)
            return told

        return done

    def _step(self, what: str, fd: int, **more: Any) -> None:
        if fd in self.files:
            self.steps.append(Step(what, self.files[fd], **more))

    def _opened(self, fd: int, path: Any, flags: int, *_mode: int) -> None:
        self.files.pop(fd, None)  # an old number may be given again
        if flags & os.O_DIRECTORY:
            self.files[fd] = NAMES
        elif flags & os.O_CREAT:
            self.files[fd] = self.names[os.fspath(path)] = self.created
            self.steps.append(Step("create", self.created, name=Path(path).name))
            self.created += 1

    def _dupped(self, made: int, fd: int) -> None:
        if fd in self.files:
            self.files[made] = self.files[fd]

    def _renamed(self, _: None, old: Any, new: Any) -> None:
        self.names[os.fspath(new)] = file = self.names.pop(os.fspath(old))
        self.steps.append(Step("rename", file, name=Path(new).name))

    def _unlinked(self, _: None, path: Any) -> None:
        if os.fspath(path) in self.names:
            self.steps.append(Step("unlink", self.names.pop(os.fspath(path))))


@dataclass(frozen=True)
class Wreck:
    """One state a crash may leave."""

    files: dict[str, bytes]
    rows: int  # captures the database refers to


def wrecks(steps: Sequence[Step]) -> Iterator[Wreck]:
    """What may be found after the power went at the end of `steps`.

    Synced bytes are there. Bytes behind them are there, or are not, or half of them, or as zeros (a size
    that was written before its data). Names are as at the directory's last sync, or as they were last.
    The database has its last commit, or only the one before: it does not sync at each.
    """
    disk = _Disk()
    for step in steps:
        getattr(disk, f"on_{step.what}")(step)
    for tail in TAILS:
        for known in (disk.names, disk.named):
            for rows in set(disk.commits[-2:]):
                found = {name: _after(disk.durable[f], disk.written[f], tail) for f, name in known.items()}
                yield Wreck(found, rows)


@dataclass
class _Disk:
    """Files by number: what was written and what of it is durable; names as they are and as they last."""

    written: dict[int, bytes] = field(default_factory=dict)
    durable: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    commits: list[int] = field(default_factory=lambda: [0])

    def on_create(self, step: Step) -> None:
        self.written[step.file] = self.durable[step.file] = b""
        self.names[step.file] = step.name

    def on_write(self, step: Step) -> None:
        self.written[step.file] += step.data

    def on_truncate(self, step: Step) -> None:
        self.written[step.file] = self.written[step.file][: step.size]

    def on_rename(self, step: Step) -> None:
        self.names[step.file] = step.name

    def on_unlink(self, step: Step) -> None:
        self.names.pop(step.file)

    def on_commit(self, step: Step) -> None:
        self.commits.append(step.size)

    def on_sync(self, step: Step) -> None:
        if step.file == NAMES:
            self.named = dict(self.names)
        else:
            self.durable[step.file] = self.written[step.file]


def _after(durable: bytes, written: bytes, tail: str) -> bytes:
    if not written.startswith(durable):  # cut shorter, and not yet so on disk
        return durable if tail != "kept" else written
    rest = written[len(durable) :]
    if tail == "zeros":
        return durable + b"\0" * len(rest)
    return durable + {"kept": rest, "dropped": b"", "half": rest[: len(rest) // 2]}[tail]

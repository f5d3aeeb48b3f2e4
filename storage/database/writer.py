"""Writer: one thread, one connection, grouped commits; WARC bytes are synced before each commit."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.warc.errors import WarcError

T = TypeVar("T")
GATHER_SECONDS = 0.05  # seconds a group waits for company
MAX_GROUP_JOBS = 64  # jobs a group
MAX_ATTEMPTS = 6  # of a group that met a locked database; each waits the busy timeout
MAX_OUTAGE_SECONDS = 120.0  # seconds a database server may be away: restarted, or its machine
RETRY_SECONDS = 1.0  # seconds between two looks whether it is back


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]
    urgent: bool


class WriterClosedError(Exception):
    """A job came after the writer was closed, or after a commit failed for good."""


class Writer:
    """Runs jobs one after the other in transactions of many; a job may be run again, so it must bear that.

    A job that raises is rolled back alone and its future gets the error. A server that goes away is
    waited for, and the group run again. A commit that fails (disk full, database gone for good) fails
    every job of its group and ends the writer: nothing later may be stored as if the earlier had been.
    """

    def __init__(
        self,
        engine: Engine,
        before_commit: Callable[[], None] = lambda: None,
        *,
        gone: float = MAX_OUTAGE_SECONDS,
    ) -> None:
        self._engine = engine
        self._before_commit = before_commit
        self._gone = gone
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.failure: BaseException | None = None  # of a commit, for good: nothing is stored any more
        self._closed = False
        self.commits = 0
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T], *, urgent: bool = False) -> Future[T]:
        """Run `work` in the next transaction; urgent work does not wait for company."""
        if self.failure is not None or self._closed:
            raise WriterClosedError("the writer has ended") from self.failure
        future: Future[T] = Future()
        self._jobs.put(_Job(work, future, urgent))
        return future

    def close(self) -> None:
        """Finish what was submitted and end the thread; idempotent."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group, last = self._gather()
            if group and self.failure is None:
                self._commit(group)
            elif group:
                self._fail(group, WriterClosedError("an earlier commit failed"))
            if last:
                return

    def _gather(self) -> tuple[list[_Job], bool]:
        group: list[_Job] = []
        until = time.monotonic() + GATHER_SECONDS
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if job.urgent and self._jobs.empty():
                return group, False
            if len(group) >= MAX_GROUP_JOBS:
                return group, False
            try:
                job = self._jobs.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: list[_Job]) -> None:
        attempt, until = 1, time.monotonic() + self._gone
        while True:
            try:
                return self._deliver(group, self._attempt(group))
            except DBAPIError as error:
                if not self._again(error, attempt, until):
                    self.failure = error
                    return self._fail(group, error)
                attempt += 1
            except (OSError, WarcError) as error:
                # the WARC could not be synced: its pages must not be referred to
                self.failure = error
                return self._fail(group, error)

    @staticmethod
    def _again(error: DBAPIError, attempt: int, until: float) -> bool:
        """Whether the group is worth another try; waits for a server that is away."""
        if _locked(error):
            return attempt < MAX_ATTEMPTS
        if not _away(error) or time.monotonic() > until:
            return False
        time.sleep(RETRY_SECONDS)
        return True

    def _attempt(self, group: list[_Job]) -> list[Any]:
        """All jobs in one transaction; when one fails, all once more with a savepoint around each.

        Savepoints are for the exception: two a page took 0.3 ms of its 3 ms in this thread.
        """
        try:
            return self._transact(group, _bare)
        except _JobFailedError:
            return self._transact(group, _apart)

    def _transact(self, group: list[_Job], run: Callable[[_Job, Connection], Any]) -> list[Any]:
        with self._engine.begin() as connection:
            results = [run(job, connection) for job in group]
            self._before_commit()
        self.commits += 1
        return results

    @staticmethod
    def _deliver(group: list[_Job], results: list[Any]) -> None:
        for job, result in zip(group, results, strict=True):
            if isinstance(result, _Raised):
                job.future.set_exception(result.error)
            else:
                job.future.set_result(result)

    @staticmethod
    def _fail(group: list[_Job], error: BaseException) -> None:
        for job in group:
            job.future.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


class _JobFailedError(Exception):
    """A job of the transaction raised; the others need not."""


def _bare(job: _Job, connection: Connection) -> Any:  # noqa: ANN401 - whatever the job gives
    try:
        return job.work(connection)
    except Exception as error:
        if _spoils_all(error):
            raise
        raise _JobFailedError from error


def _apart(job: _Job, connection: Connection) -> Any:  # noqa: ANN401 - whatever the job gives
    try:
        with connection.begin_nested():
            return job.work(connection)
    except Exception as error:
        if _spoils_all(error):
            raise
        return _Raised(error)  # for the one who waits for this job


def _spoils_all(error: Exception) -> bool:
    """Whether the error is no fault of the job: on a full or failing disk SQLite undoes all by itself."""
    if not isinstance(error, DBAPIError):
        return False
    said = str(error.orig)
    return _locked(error) or _away(error) or "is full" in said or "disk I/O error" in said


def _away(error: DBAPIError) -> bool:
    """Whether the server has hung up, is starting, or does not answer: SQLite has none."""
    if error.connection_invalidated:
        return True
    refused = isinstance(error, OperationalError) and "sqlite" not in type(error.orig).__module__
    return refused and getattr(error.orig, "sqlstate", None) in {None, "57P01", "57P02", "57P03"}


def _locked(error: DBAPIError) -> bool:
    return "locked" in str(error.orig) or "busy" in str(error.orig)

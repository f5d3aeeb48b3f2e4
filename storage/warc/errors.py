"""The errors of the WARC package.

WarcError            a file cannot be written, found or read: message names the path and what to do
├── DamageError      bytes on disk are not what was written: message names file@offset
└── ContentError     a body's content-encoding cannot be undone
"""

from __future__ import annotations

import errno
from pathlib import Path


class WarcError(Exception):
    """A WARC file cannot be written, found or read."""


class DamageError(WarcError):
    """Bytes on disk are not what was written."""


class ContentError(WarcError):
    """A body's content-encoding cannot be undone."""


_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space and start the crawl again",
    errno.EDQUOT: "the disk quota is used up: free some space and start the crawl again",
    errno.EFBIG: "the file size limit is reached: raise `ulimit -f` or lower the size of a WARC file",
    errno.EACCES: "make the directory writable for the user who crawls",
    errno.EPERM: "make the directory writable for the user who crawls",
    errno.EROFS: "the file system is read-only: mount it writable or choose another directory",
    errno.ENOENT: "the directory does not exist: create it, or mount its disk",
    errno.ENOTDIR: "the directory is a file: choose another directory",
    errno.EIO: "the disk reports an error: check it before crawling on",
}


def system_error(path: Path, doing: str, error: OSError) -> WarcError:
    """Return a WarcError for a failed system call, with advice for its error number."""
    advice = _ADVICE.get(error.errno or 0, "see the system's message")
    return WarcError(f"{path}: cannot {doing}: {error.strerror or error}; {advice}")

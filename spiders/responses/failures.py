"""Failed requests: map exceptions to the closed list of reasons."""

from __future__ import annotations

import gzip
import ssl
import sys
import zlib

import brotli
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class RequestRefused(IgnoreRequest):
    """A request that was not made.

    RequestRefused
    ├── RobotsDenied       robots.txt forbids the URL
    ├── RobotsUnavailable  robots.txt answered 5xx or 429: nothing is requested until it can be read
    ├── PrivateAddress     the host's address is not on the public internet
    ├── ForeignHost        the host is not one of the site's
    ├── PagerPageUnreachable  no form of the listing leads to the page
    └── VisitStopped       the visit was stopped while the request waited for its turn
    """

    reason = "denied"


class RobotsDenied(RequestRefused):
    """robots.txt forbids the URL."""

    reason = "robots"


class RobotsUnavailable(RequestRefused):
    """robots.txt could not be read (RFC 9309, 2.3.1.4: then everything is disallowed)."""

    reason = "robots_unavailable"


class PrivateAddress(RequestRefused):
    """The host's address is not on the public internet."""

    reason = "private_address"


class ForeignHost(RequestRefused):
    """The host is not one of the site's."""

    reason = "offsite"


class PagerPageUnreachable(RequestRefused):
    """No form of the listing leads to the page: its pager no longer offers it, or works otherwise."""

    reason = "malformed"


class VisitStopped(RequestRefused):
    """The visit was stopped while the request waited for its turn: its row goes back to pending."""


class UnrenderedError(Exception):
    """The browser crashed on the page, or the element the profile waits for did not appear."""


REASON_BY_EXCEPTION: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "dns"),
    (DownloadTimeoutError, "timeout"),
    (ResponseDataLossError, "connection_lost"),
    (DownloadCancelledError, "too_large"),
    (gzip.BadGzipFile, "bad_encoding"),
    (zlib.error, "bad_encoding"),
    (EOFError, "bad_encoding"),
    (brotli.error, "bad_encoding"),
    (zstd.ZstdError, "bad_encoding"),
    (DownloadFailedError, "connection_lost"),
    (UnrenderedError, "unrendered"),
)


def failure_reason(error: BaseException) -> tuple[str, str]:
    """Return (reason, one line for a person) of a failed request."""
    detail = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    if isinstance(error, RequestRefused):
        return error.reason, str(error)
    if isinstance(error, IgnoreRequest):  # the decompressor's answer to a bomb
        return "too_large", detail
    if isinstance(error, DownloadConnectionRefusedError):
        return _connection_reason(error), detail
    return next(
        (reason for kind, reason in REASON_BY_EXCEPTION if isinstance(error, kind)), "network"
    ), detail


def _connection_reason(error: BaseException) -> str:
    cause = error.__cause__
    secure = isinstance(cause, ssl.SSLError) or any(w in type(cause).__name__ for w in ("SSL", "Certificate"))
    return "tls" if secure else "connection_refused"

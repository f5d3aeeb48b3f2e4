"""Judge a visit: its verdict from the page, its reading and what was stored before (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from spiders.items import Page
from storage.records import Article, Outcome, Reason, Verdict

BODILESS = {304}
WALLED = {401, 403, 407, 451}
PAST_END = {400, 404}  # what APIs answer on a page beyond their last: WordPress 400, others 404
GONE = {404: Reason.HTTP_404, 410: Reason.HTTP_410}
DISCOVERING = {"seed", "feed", "sitemap", "listing"}


@dataclass(frozen=True, slots=True)
class StoredState:
    """What was stored of a URL before this visit."""

    payload_digest: str | None = None  # of the last response at this URL
    content: str | None = None  # content digest of the article shown at this URL
    twin: tuple[int, int] | None = None  # (article id, revision id) with exactly this text at another URL


def judge_status(page: Page, state: StoredState) -> Verdict | None:
    """The verdict that needs no reading: by status and bytes; None = the page must be read."""
    if page.status != 200:
        return _not_ok(page)
    if page.kind in {"attachment", "image"}:
        return Verdict(Outcome.KEPT)
    if page.kind in DISCOVERING:
        return _discovered(page)
    digest = page.capture.payload_digest if page.capture else None
    if digest is not None and digest == state.payload_digest and state.content is not None:
        return Verdict(Outcome.SAME, Reason.SAME_BYTES)
    return None


def _not_ok(page: Page) -> Verdict:
    if page.status in BODILESS:
        return Verdict(Outcome.SAME, Reason.NOT_MODIFIED)
    if page.counted and page.status in PAST_END:
        return Verdict(Outcome.DISCOVERED, detail=f"HTTP {page.status}: past the listing's last page")
    if page.status in GONE:
        return Verdict(Outcome.GONE, GONE[page.status])
    if 300 <= page.status < 400:
        return _moved(page)
    return Verdict(Outcome.FAILED, _failure(page.status), f"HTTP {page.status}")


def _moved(page: Page) -> Verdict:
    location = page.header("location") or "no Location header"
    if page.links:
        return Verdict(Outcome.MOVED, Reason.REDIRECT, location)
    if page.trouble:
        return Verdict(Outcome.FAILED, Reason.BAD_URL, page.trouble[0])
    return Verdict(Outcome.MOVED, Reason.REDIRECT_OFFSITE if page.offsite else Reason.REDIRECT_LOOP, location)


def _failure(status: int) -> Reason:
    if status in WALLED:
        return Reason.WALL
    if status == 429:
        return Reason.HTTP_429
    return Reason.HTTP_5XX if status >= 500 else Reason.HTTP_4XX


def _discovered(page: Page) -> Verdict:
    if page.trouble and not page.links:
        return Verdict(Outcome.FAILED, Reason.MALFORMED, page.trouble[0])
    return Verdict(Outcome.DISCOVERED, detail="; ".join(page.trouble))


def judge_article(content: str, state: StoredState) -> Verdict:
    """The verdict on a page that was read as an article, by its content digest."""
    if state.content is not None:
        same = content == state.content
        return Verdict(Outcome.SAME, Reason.SAME_TEXT) if same else Verdict(Outcome.REVISED)
    if state.twin is not None:
        return Verdict(Outcome.COPY, Reason.SAME_TEXT_ELSEWHERE)
    return Verdict(Outcome.NEW)


def judge_other(reason: Reason, detail: str, state: StoredState) -> Verdict:
    """The verdict on a page that was read and is no article."""
    if reason is Reason.SOFT_404 and state.content is not None:
        return Verdict(Outcome.GONE, reason, detail)  # it was an article once
    return Verdict(Outcome.NOT_AN_ARTICLE, reason, detail)


def judge_reread(reason: Reason | None, before: Article | None, now: Article | None) -> Verdict:
    """Return the verdict on a stored page that was read again: nothing was fetched.

    NOT_AN_ARTICLE: it is none now, for `reason`. NEW: it was none before. SAME or REVISED: it still is one.
    """
    if now is None:
        return Verdict(Outcome.NOT_AN_ARTICLE if before else Outcome.SAME, reason)
    if before is None:
        return Verdict(Outcome.NEW)
    return Verdict(Outcome.SAME if now == before else Outcome.REVISED)

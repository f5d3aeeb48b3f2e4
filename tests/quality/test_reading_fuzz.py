"""Whatever arrives, reading it gives an article or a reason and never an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, reduce

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.reading.gold import GoldPage, profiles, replica_families, replica_pages
from pipelines.read import ReadResult, read
from spiders.items import Page
from storage.records import Reason
from tests.offline import offline

Change = Callable[[bytes], bytes]
TAGS = (
    "<table><tr><td>",
    "</table>",
    "</div></div></div>",
    "<div>" * 300,
    "<font>" * 400,
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<![CDATA[",
    "<base href='//x.example/y/'>",
    "<a href='http://[x'>a</a>",
    "<a href='\x00'>a</a>",
    "<img src='data:,'>",
    "<time datetime='9999-99-99T99:99:99+99:99'>",
    "<h1></h1>",
    "<title>",
    "<svg><path>",
    '<script type="application/ld+json">{"@graph":[[],null,{"datePublished":{}}]}</script>',
    '<script type="application/ld+json">{"datePublished":[1,null],"author":[{"name":{}}]}</script>',
    "<meta charset='utf-7'>",
    "<meta charset='no-such'>",
    "<meta property='article:published_time' content='0'>",
    "<span class='format_date'>31/02/2020</span>",
    "Ngày đăng: 00/00/0000 99:99",
    "<?xml version='1.0'?>",
)
CHARSETS = (
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=windows-1258",
    "text/html; charset=x-none",
    "",
)


@cache
def gold() -> tuple[GoldPage, ...]:
    """One page of every family."""
    return tuple(next(replica_pages(family, 1)) for family in replica_families())


def spliced(at: int, tag: bytes) -> Change:
    return lambda body: body[: at % (len(body) + 1)] + tag + body[at % (len(body) + 1) :]


def cut(at: int, length: int) -> Change:
    return lambda body: body[: at % (len(body) + 1)] + body[at % (len(body) + 1) + length :]


def doubled(at: int, length: int) -> Change:
    return lambda body: body[: at % (len(body) + 1)] + body[max(0, at % (len(body) + 1) - length) :]


places = st.integers(0, 60_000)
lengths = st.integers(1, 30_000)
tags = st.one_of(st.sampled_from([tag.encode() for tag in TAGS]), st.binary(max_size=40))
changes = st.one_of(
    st.builds(spliced, places, tags), st.builds(cut, places, lengths), st.builds(doubled, places, lengths)
)


def read_bytes(page: GoldPage, body: bytes, kind: str) -> ReadResult:
    fuzzed_page = Page(
        site=page.site,
        url=page.url,
        final_url=page.url,
        kind="article",
        status=200,
        headers=(("content-type", kind),),
        body=body,
        fetched_at=datetime(2025, 7, 1, tzinfo=UTC),
    )
    with offline():
        return read(fuzzed_page, profiles()[page.site])


def settled(result: ReadResult) -> bool:
    """Either an article with its fingerprint, or a reason of the closed list."""
    return (result.article is None) == isinstance(result.reason, Reason) and (
        (result.article is None) == (result.fingerprint is None)
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    page=st.integers(0, 99),
    mutations=st.lists(changes, min_size=1, max_size=5),
    kind=st.sampled_from(CHARSETS),
)
def test_a_mutilated_page_is_read_or_refused(page: int, mutations: list[Change], kind: str) -> None:
    chosen = gold()[page % len(gold())]
    body = reduce(lambda body, change: change(body), mutations, chosen.body)
    assert settled(read_bytes(chosen, body, kind))


@settings(max_examples=60, deadline=None)
@given(
    body=st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: f"<html>{text}".encode("utf-8", "replace")),
    )
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert settled(read_bytes(gold()[0], body, "text/html"))


def test_a_malformed_base_is_passed_over() -> None:
    page = gold()[0]
    body = page.body.replace(b"</title>", b"</title><base href='http://[::1'>", 1)
    assert settled(read_bytes(page, body, "text/html"))

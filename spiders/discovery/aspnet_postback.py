"""ASP.NET Web Forms pagers: read a listing's postback form, build the POST that requests a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from spiders.markup.html import Element, decode_markup, parse_html, select, text_of
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import BadUrl, classify, site_url

# A further page's address is the listing's with its number: the form fields that the pager's link would
# send hold only for the page they were printed on, so they are no part of an address.
POSTBACK_MARK = "#!postback="
POSTBACK_PAGE = re.compile(rf"{re.escape(POSTBACK_MARK)}(\d{{1,6}})$")
POSTBACK_CALL = re.compile(
    r"(?:__doPostBack|WebForm_PostBackOptions)\(\s*(?P<q>['\"])(?P<target>[^'\"]+)(?P=q)\s*,"
    r"\s*(?P<r>['\"])(?P<argument>[^'\"]*)(?P=r)"
)
PAGE_NUMBER = re.compile(r"(?:^|\D)(\d{1,6})$")
NEXT_PAGE_LABEL = re.compile(r"(?i)(?:trang )?(?:tiếp(?: theo)?|kế(?: tiếp)?|sau|next)(?: page)?\W*|[>›»→]")
NEXT_ARGUMENT = re.compile(r"(?i)(?:Page\$)?Next")
MORE_PAGES_LABELS = {"...", "…"}
UNSENT_INPUT_TYPES = {"submit", "button", "image", "reset", "file", "password"}
POSTBACK_FIELDS = {"__EVENTTARGET", "__EVENTARGUMENT"}


@dataclass(frozen=True, slots=True)
class PostbackForm:
    """The postback form of one listing page: the fields it sends, and the pages its pager offers."""

    current_page: int  # number of the page the form was read from, from 1
    action: str
    fields: tuple[tuple[str, str], ...]  # __VIEWSTATE and all else a browser would send
    pages: Mapping[int, tuple[str, str]]  # page number → __EVENTTARGET and __EVENTARGUMENT

    def post_body(self, number: int) -> bytes:
        """Return the form-encoded body of the POST for a page that the pager offers."""
        target, argument = self.pages[number]
        event_fields = (("__EVENTTARGET", target), ("__EVENTARGUMENT", argument))
        return urlencode((*event_fields, *self.fields), encoding="utf-8").encode("ascii")

    def nearest_page(self, number: int) -> int | None:
        """Return the offered page nearest below `number`, or None; for pages the pager does not offer yet."""
        return max((page for page in self.pages if self.current_page < page < number), default=None)


def postback_page_url(listing: str, number: int) -> str:
    """Return the address under which a listing's further page is kept in the frontier."""
    return f"{listing.partition('#')[0]}{POSTBACK_MARK}{number}"


def postback_page_number(url: str) -> int | None:
    """Return the page number in a postback page's address; None for any other address."""
    match = POSTBACK_PAGE.search(url)
    return int(match[1]) if match else None


def postback_form_in_body(
    body: bytes, content_type: str | None, url: str, profile: SiteProfile
) -> PostbackForm | None:
    """Return the postback form in the bytes of a listing page; see `postback_form`."""
    root, _ = parse_html(decode_markup(body, content_type))
    return None if root is None else postback_form(root, url, profile)


def postback_form(root: Element, url: str, profile: SiteProfile) -> PostbackForm | None:
    """Return the form of the listing page at `url`; None without __VIEWSTATE or with a foreign action."""
    form = next((node for node in root.iter("form") if _has_viewstate(node)), None)
    form = root if form is None and _has_viewstate(root) else form  # broken markup may end a form early
    if form is None:
        return None
    try:
        action = site_url(form.get("action") or url, profile, url).partition("#")[0]
    except BadUrl:
        return None
    if classify(action, profile).refused not in {None, "unmatched"}:
        return None
    current_page = postback_page_number(url) or 1
    return PostbackForm(
        current_page, action, tuple(_form_fields(form)), _offered_pages(root, current_page, profile)
    )


def _has_viewstate(node: Element) -> bool:
    return any((field.get("name") or "").startswith("__VIEWSTATE") for field in node.iter("input"))


def _form_fields(form: Element) -> Iterator[tuple[str, str]]:
    """Yield the fields a browser would submit: every enabled control with a name."""
    for node in form.iter("input", "select", "textarea"):
        name, kind = node.get("name"), (node.get("type") or "").lower()
        if (
            not name
            or name in POSTBACK_FIELDS
            or kind in UNSENT_INPUT_TYPES
            or node.get("disabled") is not None
        ):
            continue
        if node.tag == "select":
            yield from ((name, value) for value in _selected_options(node))
        elif node.tag == "textarea":
            yield name, node.text or ""
        elif kind not in {"checkbox", "radio"}:
            yield name, node.get("value") or ""
        elif node.get("checked") is not None:
            yield name, node.get("value") or "on"


def _selected_options(select_node: Element) -> list[str]:
    options = list(select_node.iter("option"))
    selected = [option for option in options if option.get("selected") is not None]
    submitted = selected or ([] if select_node.get("multiple") is not None else options[:1])
    return [
        text_of(option) if option.get("value") is None else option.get("value") or "" for option in submitted
    ]


def _offered_pages(root: Element, current_page: int, profile: SiteProfile) -> dict[int, tuple[str, str]]:
    offered_pages: dict[int, tuple[str, str]] = {}
    highest_page = 0  # the highest number so far: `…` leads on from there
    for node in _pager_links(root, profile):
        call = POSTBACK_CALL.search(unquote(f"{node.get('href') or ''} {node.get('onclick') or ''}"))
        number = (
            _target_page(text_of(node), call["argument"], max(highest_page, current_page), current_page)
            if call
            else None
        )
        if call and number:
            highest_page = max(highest_page, number)
            if number not in {1, current_page}:  # the first page is the listing's own address
                offered_pages.setdefault(number, (call["target"], call["argument"]))
    return offered_pages


def _pager_links(root: Element, profile: SiteProfile) -> Iterator[Element]:
    for css in profile.listing.pager:
        for place in select(root, css):
            yield from [place] if place.tag == "a" else place.iter("a")


def _target_page(text: str, argument: str, highest_page: int, current_page: int) -> int | None:
    """Page a pager link leads to, by its text, its argument, or the current page; None when unclear."""
    if text.isascii() and text.isdigit():
        return int(text[:6])
    if page_match := PAGE_NUMBER.search(argument):
        return int(page_match[1])
    if NEXT_ARGUMENT.fullmatch(argument) or (not argument and NEXT_PAGE_LABEL.fullmatch(text)):
        return current_page + 1
    return (
        highest_page + 1
        if text in MORE_PAGES_LABELS and not argument and highest_page > current_page
        else None
    )

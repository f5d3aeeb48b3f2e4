"""Links of HTML listings and articles: listing entries with title and date, pager links, all other links."""

from __future__ import annotations

from collections.abc import Iterator

from spiders.discovery.aspnet_postback import postback_form, postback_page_url
from spiders.discovery.link_collector import DiscoveredLinks, LinkCollector
from spiders.discovery.onclick import clickable_elements
from spiders.items import Hints, Page
from spiders.markup.html import Element, decode_markup, parse_html, select, text_of
from spiders.profile.site_profile import DateRule, SiteProfile
from spiders.urls.classify import BadUrl, canonical


def from_listing(page: Page, profile: SiteProfile) -> DiscoveredLinks:
    """Return the links of a listing or front page: entries with hints, then the pager's, then all others."""
    root, collector = _open(page, profile)
    if root is None:
        return collector.collected()
    for item in _entry_items(root, profile):
        _take_item(item, collector)
    _take_pager(root, collector)
    _take_other_links(root, collector)
    return collector.collected()


def from_article(page: Page, profile: SiteProfile) -> DiscoveredLinks:
    """Return the links of an article page: every `a[href]` and every onclick address, without hints."""
    root, collector = _open(page, profile)
    if root is not None:
        _take_other_links(root, collector)
    return collector.collected()


def _open(page: Page, profile: SiteProfile) -> tuple[Element | None, LinkCollector]:
    root, markup_trouble = parse_html(decode_markup(page.body, page.header("content-type")))
    collector = LinkCollector(page, profile, None if root is None else _base(root, page))
    if root is None:
        collector.note_trouble(f"no markup to read links from ({markup_trouble or 'the page is empty'})")
    elif markup_trouble:
        collector.note_trouble(markup_trouble)
    return root, collector


def _base(root: Element, page: Page) -> str | None:
    """Canonical `<base href>` that relative links start from; None without one."""
    for node in root.iter("base"):
        href = node.get("href")
        if href:
            try:
                return canonical(href, page.final_url)
            except BadUrl:
                return None
    return None


def _entry_items(root: Element, profile: SiteProfile) -> Iterator[Element]:
    items: set[Element] = set()
    for css in profile.listing.item:
        for item in select(root, css):
            if item not in items:
                items.add(item)
                yield item


def _take_item(item: Element, collector: LinkCollector) -> None:
    """The entry's own link with its hints: the first article in it, else its first link."""
    rule = collector.profile.listing
    written = [(node, href) for node in select(item, rule.link) if (href := node.get("href"))]
    written_links = [*written, *clickable_elements(item)]
    links = [(node, href, resolved) for node, href in written_links if (resolved := collector.resolve(href))]
    main_link = next((link for link in links if link[2][1].kind in ("article", "attachment")), None)
    main_link = main_link or next(iter(links), None)
    if main_link is None:
        return
    _, href, (url, _) = main_link
    # all of a box that is clicked as a whole is no title
    anchors = [other for other, _, resolved in links if resolved[0] == url and other is not item]
    hints = Hints(
        title=_entry_title(item, anchors, rule.title),
        date=_entry_date(item, rule.date),
        source="listing",
        form=rule.date.form if rule.date else None,
    )
    collector.add(href, hints, presumed=collector.unpatterned)


def _entry_title(item: Element, anchors: list[Element], css: str | None) -> str | None:
    """The entry's title: by the profile's rule, else the longest text of its links, else a tooltip."""
    titles = [text_of(node) for node in select(item, css)] if css else []
    titles = [text for text in titles if text] or sorted(map(text_of, anchors), key=len, reverse=True)
    titles += [" ".join((node.get("title") or "").split()) for node in anchors]
    return next((text for text in titles if text), None)


def _entry_date(item: Element, rule: DateRule | None) -> str | None:
    """The first date the profile's rule finds, verbatim but for white space."""
    for node in (node for css in rule.css for node in select(item, css)) if rule else ():
        raw = node.get(rule.attr) if rule and rule.attr else text_of(node)
        text = " ".join((raw or "").split())
        if text:
            return text
    return None


def _take_pager(root: Element, collector: LinkCollector) -> None:
    if collector.profile.listing.postback:
        _take_postbacks(root, collector)
    pager_elements = [
        pager_element for css in collector.profile.listing.pager for pager_element in select(root, css)
    ]
    nodes = [
        node
        for pager_element in pager_elements
        for node in ([pager_element] if pager_element.get("href") else pager_element.iter("a"))
    ]
    hrefs = [node.get("href") or "" for node in nodes]
    hrefs += [url for pager_element in pager_elements for _, url in clickable_elements(pager_element)]
    added = [collector.add(href, kind="listing", next_page=True) for href in hrefs]
    scripted = [href for href in hrefs if href.lower().startswith("javascript:")]
    if scripted and not any(added) and not collector.profile.listing.postback:
        advice = " (`[listing] postback = true` asks it)" if "dopostback" in scripted[0].lower() else ""
        collector.note_trouble(f"its pager works by script only, e.g. {scripted[0]}{advice}")


def _take_postbacks(root: Element, collector: LinkCollector) -> None:
    form = postback_form(root, collector.page.url, collector.profile)
    if form is None:
        collector.note_trouble("no form of this site with a __VIEWSTATE on it: its pager cannot be asked")
    for number in form.pages if form else ():
        collector.add(postback_page_url(collector.page.url, number), kind="listing", next_page=True)


def _take_other_links(root: Element, collector: LinkCollector) -> None:
    links = 0
    for node, href in _page_links(root):
        links += 1
        _take_other_link(node, href, collector)
    if not links:
        collector.note_trouble("not one link on the page")


def _page_links(root: Element) -> Iterator[tuple[Element, str]]:
    for node in root.iter("a", "area"):
        href = node.get("href")
        if href is not None:
            yield node, href
    yield from clickable_elements(root)


def _take_other_link(node: Element, href: str, collector: LinkCollector) -> None:
    resolved = collector.resolve(href)
    if resolved is None:
        return
    if resolved[1].refused == "offsite":
        collector.note_outlink(href, text_of(node))
    # The text beside a file's link is its name; beside an article it may be "Xem tiếp…".
    named = resolved[1].kind == "attachment"
    collector.add(href, Hints(title=text_of(node) or None) if named else Hints())

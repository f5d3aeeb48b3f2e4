"""The unseen replicas are fair: all they promise is served, printed, and found by following links."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from lxml import html

from crawler.demo.ground_truth import ReplicaSite, TruthArticle, build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import System
from spiders.urls.classify import canonical
from tests.platforms.family import families as seen
from tests.platforms.unseen import families
from tests.platforms.unseen_sites.kit import COUNT

FAMILIES = families()
SYSTEMS = {system.key: system for systems in FAMILIES.values() for system in systems}
MOST = 400  # requests one walk may take
POSTBACK = re.compile(r"javascript:__doPostBack\('([^']+)','(Page\$\d+)'\)")
MONTHS = ("Một", "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Mười Một", "Mười Hai")
WHITE = re.compile(r"\s+")


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, systems=tuple(SYSTEMS.values())) as running:
        yield running


@pytest.fixture(scope="module")
def visitors(server: ReplicaServer) -> Iterator[Mapping[str, Visitor]]:
    visiting = {key: Visitor(server, system) for key, system in SYSTEMS.items()}
    yield visiting
    for visitor in visiting.values():
        visitor.line.close()


@pytest.fixture(scope="module")
def truths() -> dict[str, ReplicaSite]:
    return {site.key: site for site in build_ground_truth(1, systems=tuple(SYSTEMS.values())).sites}


class Visitor:
    """Somebody with a browser on one site: asks for pages, follows links, presses pagers."""

    def __init__(self, server: ReplicaServer, system: System) -> None:
        self.system = system
        self.pages: dict[str, html.HtmlElement] = {}
        host, _, port = server.dial[system.domain].partition(":")
        self.line = HTTPConnection(host, int(port), timeout=60)

    def ask(self, url: str, form: dict[str, str] | None = None) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        target = url.removeprefix(self.system.home[:-1]) or "/"
        method, sent = ("POST", urlencode(form)) if form else ("GET", None)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        self.line.request(method, target, sent, headers)
        reply = self.line.getresponse()
        return reply.status, reply.headers.get_content_type(), reply.read()

    def tree(self, url: str) -> html.HtmlElement:
        """A page, asked for once."""
        if url not in self.pages:
            status, _, body = self.ask(url)
            assert status == 200, url
            self.pages[url] = html.fromstring(body.decode())
        return self.pages[url]

    def links(self, url: str, form: dict[str, str]) -> set[str]:
        """The addresses in the lists of a page that a form asks for."""
        tree = html.fromstring(self.ask(url, form)[2].decode())
        return {link.get("href", "") for table in tree.iter("table") for link in table.iter("a")}

    def walk(self, leave: frozenset[str]) -> dict[str, html.HtmlElement]:
        """Every page of the site that links lead to, by address; the pages in `leave` are only seen."""
        found: dict[str, html.HtmlElement] = {}
        waiting: deque[tuple[str, dict[str, str] | None]] = deque([(self.system.home, None)])
        known = {self.system.home}
        while waiting:
            url, form = waiting.popleft()
            assert len(found) <= MOST, f"{self.system.key}: more than {MOST} pages"
            status, kind, body = self.ask(url, form)
            if status != 200 or kind != "text/html":
                continue
            tree = html.fromstring(body.decode())
            found[f"{url}#{form['__EVENTARGUMENT']}" if form else url] = tree
            if url in leave:
                continue
            for step, sent in self.steps(url, tree):
                name = f"{step}#{sent['__EVENTARGUMENT']}" if sent else step
                if name not in known:
                    known.add(name)
                    waiting.append((step, sent))
        self.pages |= found
        return found

    def steps(self, url: str, tree: html.HtmlElement) -> Iterator[tuple[str, dict[str, str] | None]]:
        for link in tree.iter("a"):
            href = link.get("href", "")
            pressed = POSTBACK.fullmatch(href)
            if pressed:
                form = {node.get("name"): node.get("value", "") for node in tree.iter("input")}
                action = tree.xpath("string(//form/@action)")
                sent = {**form, "__EVENTTARGET": pressed[1], "__EVENTARGUMENT": pressed[2]}
                yield urljoin(url, str(action)), sent
            elif not href.startswith(("javascript:", "mailto:", "tel:", "#")):
                step = urljoin(url, href).partition("#")[0]
                if urlsplit(step).hostname == self.system.domain:
                    yield step, None


def text_in(tree: html.HtmlElement) -> str:
    """What a reader sees, in NFC, without invisible characters, every gap one space."""
    pieces = (str(piece) for piece in tree.xpath("//body//text()[not(parent::script)]"))
    return plain(" ".join(pieces))


def plain(text: str) -> str:
    return WHITE.sub(" ", unicodedata.normalize("NFC", text.replace("\u200b", "")))


def days_of(truth: TruthArticle) -> set[str]:
    """The day in every form these sites print."""
    assert truth.published, truth.url
    day = truth.published.day
    forms = {f"{day:{form}}" for form in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")}
    return forms | {
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day} Tháng {day.month} {day.year}",
        f"{day.day:02d} Tháng {day.month} {day.year}",
        f"{day.day:02d} Tháng {MONTHS[day.month - 1]} {day.year}",
    }


def test_there_are_two_sites_of_every_system_and_two_of_none() -> None:
    later = {"wordpress_rest"}  # made after these, and read without the explorer
    assert set(FAMILIES) == {*seen(), "khac"} - later
    assert {len(systems) for systems in FAMILIES.values()} == {2}
    old = {system.domain for systems in seen().values() for system in systems}
    domains = [system.domain for system in SYSTEMS.values()]
    assert len({*domains}) == len(domains) == 22
    assert not old & {*domains}


@pytest.mark.parametrize("key", SYSTEMS)
def test_every_article_is_reached_from_the_front_page_without_reading_any(
    key: str, visitors: Mapping[str, Visitor], truths: dict[str, ReplicaSite]
) -> None:
    """Lists and pagers lead to all; what articles link to each other does not count."""
    articles = truths[key].articles
    assert len(articles) == COUNT
    urls = frozenset(article.url for article in articles)
    assert {canonical(url) for url in urls} == urls
    found = visitors[key].walk(urls)
    assert urls - found.keys() == set()
    if SYSTEMS[key].dates == "listing":
        lists = " ".join(text_in(tree) for url, tree in found.items() if url not in urls)
        assert [a.url for a in articles if not any(day in lists for day in days_of(a))] == []


@pytest.mark.parametrize("key", SYSTEMS)
def test_every_page_prints_its_truth(
    key: str, visitors: Mapping[str, Visitor], truths: dict[str, ReplicaSite]
) -> None:
    visitor = visitors[key]
    missing = []
    for truth in truths[key].articles:
        tree = visitor.tree(truth.url)
        text = text_in(tree)
        body = [cell for line in truth.body for cell in line.split(" | ")]
        wanted = [truth.title, *body, *truth.section, *(image.caption for image in truth.images)]
        wanted += [told for told in (truth.lead, truth.author, truth.author_unit) if told]
        missing += [f"{truth.url}: {told}" for told in wanted if told and plain(told) not in text]
        if SYSTEMS[key].dates != "listing" and not any(day in text for day in days_of(truth)):
            missing.append(f"{truth.url}: its day")
        pictures = {urljoin(truth.url, str(path)) for path in tree.xpath("//img/@src")}
        files = {urljoin(truth.url, str(path)) for path in tree.xpath("//a/@href")}
        missing += [image.url for image in truth.images if image.url not in pictures]
        missing += [paper.url for paper in truth.attachments if paper.url not in files]
    assert missing == []


@pytest.mark.parametrize("key", SYSTEMS)
def test_files_feeds_and_maps_are_served_and_what_is_gone_is_not(
    key: str, visitors: Mapping[str, Visitor], truths: dict[str, ReplicaSite]
) -> None:
    system, articles = SYSTEMS[key], truths[key].articles
    visitor = visitors[key]
    paths = [system.sitemap_path] * (system.sitemap != "none") + [system.feed_path] * (system.feeds == "one")
    files = [image.url for article in articles[:12] for image in article.images]
    files += [paper.url for article in articles for paper in article.attachments]
    for url in [*(system.home[:-1] + path for path in (*paths, *system.extra, system.soft_404)), *files]:
        assert visitor.ask(url)[0] == 200, url
    assert visitor.ask(system.home[:-1] + system.dead)[0] == 404


def test_no_two_of_them_dress_their_title_alike(
    visitors: Mapping[str, Visitor], truths: dict[str, ReplicaSite]
) -> None:
    """The chain of elements above the title is each site's own."""
    dresses = {}
    for key, site in truths.items():
        tree = visitors[key].tree(site.articles[5].url)
        title = plain(site.articles[5].title)
        own = [
            node for node in tree.iter() if plain(node.text or "").strip() == title and node.tag != "title"
        ]
        chain = [own[0], *own[0].iterancestors()][:3]
        dresses[key] = tuple((node.tag, node.get("class"), node.get("bgcolor")) for node in chain)
    assert len(set(dresses.values())) == len(SYSTEMS), dresses


def test_a_pager_of_postbacks_answers_the_form_and_nothing_else(visitors: Mapping[str, Visitor]) -> None:
    visitor = visitors["aspnet_webforms_doi"]
    listing = f"{visitor.system.home}Pages/ChuyenMuc.aspx?cm=7"
    form = {"__EVENTTARGET": "ctl00$MainContent$grvTin", "__VIEWSTATE": "abc", "__EVENTARGUMENT": "Page$2"}
    first = visitor.links(listing, {})
    assert not {link for link in first & visitor.links(listing, form) if "ChiTiet" in link}
    for argument, state in (("Page$1", "abc"), ("Sort$Ngay", "abc"), ("Page$2", "")):
        assert visitor.links(listing, {**form, "__VIEWSTATE": state, "__EVENTARGUMENT": argument}) == first
    other = visitors["khac_tay"]
    assert other.ask(other.system.home, {"a": "b"})[0] == 405

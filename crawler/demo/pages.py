"""Replies of one replica site by path; pages are rendered once and cached."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import jinja2

from crawler.demo.sample_files import docx_file, jpeg_image, pdf_file, png_image
from crawler.demo.second_night import ReplicaNight
from crawler.demo.site_systems import ReplicaSection, System, slug
from crawler.demo.story_placement import HANOI, Picture, PrintedArticle
from crawler.demo.views import (
    EntryView,
    SectionView,
    article_view,
    entry_view,
    page_path,
    pager_view,
    section_path,
)

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html; charset=utf-8"
IDENTITY_PARAMETERS = frozenset(("ID", "CateID", "NewsID", "Page", "page", "_101_cur", "_101_delta", "q"))
# Placeholders filled anew at each request, so that no two replies have the same bytes.
LIVE_COUNTERS = ("views", "visits", "online", "clock")
OUTBOUND_LINKS = {
    "Công đoàn Việt Nam": "https://www.congdoan.vn/",
    "Báo Lao Động": "https://laodong.vn/",
    "Báo Lao động Thủ đô": "https://laodongthudo.vn/",
    "Báo Người Lao Động": "https://nld.com.vn/",
    "Báo điện tử Đảng Cộng sản Việt Nam": "https://dangcongsan.vn/",
    "Cổng thông tin điện tử Chính phủ": "https://chinhphu.vn/",
    "Bảo hiểm xã hội Việt Nam": "https://baohiemxahoi.gov.vn/",
    "Cơ sở dữ liệu quốc gia về văn bản pháp luật": "https://vbpl.vn/",
}
BOM = b"\xef\xbb\xbf"  # before the XML declaration, as some systems send it
MAX_FEED_ENTRIES = 20
LOGIN_PATHS = ("/dang-nhap", "/c/portal/login")
NOT_FOUND_TITLE = "Không tìm thấy trang"
STATIC_ROOTS = (
    "/images/",
    "/image/",
    "/themes/",
    "/modules/",
    "/upload/images/slide/",
    "/upload/images/favicon",
)
STATIC_ENDS = {".jpg": "image/jpeg", ".png": "image/png", ".css": "text/css", ".js": "text/javascript"}
PAPER_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply before it is sent."""

    body: bytes
    status: int = 200
    content_type: str = HTML
    etag: str | None = None
    modified: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # beside those that follow from the above


@cache
def _templates(folder: Path) -> jinja2.Environment:
    """Return the environment that looks for templates of the system, its family, all families, the demo."""
    loader = jinja2.FileSystemLoader([folder, *folder.parents[:2], TEMPLATES])
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"weekday": weekday, "slug": slug}
    return environment


def _etag(data: bytes) -> str:
    return f'"{hashlib.blake2b(data, digest_size=10).hexdigest()}"'


def _route(target: str, identity: frozenset[str], *, iis: bool = False) -> str:
    """Return the target with its identifying parameters alone, sorted; in lower case for IIS."""
    parts = urlsplit(target)
    path, parameters = parts.path, parse_qsl(parts.query)
    if iis:
        path, parameters = path.lower(), [(key.lower(), value) for key, value in parameters]
        identity = frozenset(key.lower() for key in identity)
    identifying = sorted((key, value) for key, value in parameters if key in identity)
    return f"{path}?{urlencode(identifying)}" if identifying else path


class SitePages:
    """All replies of one site on one night."""

    def __init__(self, system: System, edition: ReplicaNight) -> None:
        self.system = system
        self.night = edition.night
        self.articles = edition.sites[system.key][::-1]  # newest first
        self.entries = {item.path: entry_view(item) for item in self.articles}
        self.latest = tuple(self.entries.values())
        self.templates = _templates(system.templates or TEMPLATES / system.key)
        self.routes: dict[str, Callable[[], Reply]] = {}
        self._replies: dict[str, Reply] = {}
        self._sections = tuple(self._section_views())
        self._viewstates = itertools.cycle(_viewstates(system.key))
        for path, status in edition.gone[system.key].items():
            self.routes[self._route_key(path)] = partial(self.not_found, status)
        self._add_routes()

    def reply(self, target: str) -> Reply:
        """Return the reply to a path with query; 404 for an unknown one."""
        key = "/dang-nhap" if target.startswith(LOGIN_PATHS + self.system.logins) else self._route_key(target)
        if key not in self._replies:
            make = self.routes.get(key) or self._static(key)
            self._replies[key] = make() if make else self.not_found(404)
        return self._replies[key]

    def _route_key(self, target: str) -> str:
        return _route(target, IDENTITY_PARAMETERS | self.system.identity, iis=self.system.iis)

    def not_found(self, status: int) -> Reply:
        """Return the not-found page; with status 200 it is a soft 404."""
        return self._plain("/", NOT_FOUND_TITLE, status)

    def _section_views(self) -> Iterator[SectionView]:
        for section in self.system.sections:
            path = section_path(self.system, section)
            newest = tuple(
                self.entries[item.path]
                for item in itertools.islice((m for m in self.articles if m.section is section), 6)
            )
            feed = self.system.section_feed.format(section=section.slug.replace("/", "-"))
            yield SectionView(path, f"https://{self.system.domain}{path}", feed, section.trail, newest)

    def _add_routes(self) -> None:
        system = self.system
        self.routes["/"] = partial(self._page, "home.html", "/")
        self.routes["/dang-nhap"] = partial(self._plain, "/dang-nhap", "Đăng nhập", 200)
        self.routes["/robots.txt"] = self._robots
        for path, label in system.extra.items():
            self.routes[self._route_key(path)] = partial(self._plain, path, label, 200)
        self.routes[self._route_key(system.soft_404)] = partial(self.not_found, 200)
        for number, item in enumerate(self.articles):
            self._add_article_routes(number, item)
        for section in system.sections:
            self._add_listing_routes(section)
        if system.feeds == "sections":
            self._add_section_feeds()
        elif system.feeds == "one":
            self.routes[self._route_key(system.feed_path)] = partial(
                self._feed, system.name, self._feed_entries(), byte_order_mark=BOM
            )
        if system.sitemap == "flat":
            self.routes[self._route_key(system.sitemap_path)] = partial(
                self._sitemap, self.latest, pages=True
            )
        elif system.sitemap == "index":
            self._add_yearly_sitemaps()

    def _feed_entries(self) -> tuple[EntryView, ...]:
        """Return the entries of the single feed: all since its first day, or the newest 20."""
        since = self.system.feed_since
        if since is None:
            return self.latest[:MAX_FEED_ENTRIES]
        return tuple(self.entries[item.path] for item in self.articles if item.moment.date() >= since)

    def _add_article_routes(self, number: int, item: PrintedArticle) -> None:
        view = article_view(item)
        self.routes[self._route_key(item.path)] = partial(self._article, number, item)
        lines = [block.text for block in item.blocks if block.text]
        self.routes[self._route_key(view.print_path)] = partial(
            self._plain, view.print_path, item.title, 200, lines
        )
        for picture in item.pictures:
            self.routes[self._route_key(picture.path)] = partial(self._picture, item, picture)
        if item.paper:
            self.routes[self._route_key(item.paper.path)] = partial(self._paper, item)

    def _add_listing_routes(self, section: ReplicaSection) -> None:
        entries = [self.entries[item.path] for item in self.articles if item.section is section]
        size = self.system.per_page
        count = max(1, -(-len(entries) // size))
        for page in range(1, count + 1):
            path = page_path(self.system, section, page)
            context = {
                "heading": section.trail[-1],
                "entries": entries[(page - 1) * size : page * size],
                "pager": pager_view(self.system, section, page, count) if count > 1 else None,
            }
            self.routes[self._route_key(path)] = partial(self._page, "listing.html", path, **context)
        past = page_path(self.system, section, count + 1)
        self.routes[self._route_key(past)] = partial(self.not_found, self.system.past_end)

    def _add_section_feeds(self) -> None:
        for heading, section in zip(self._sections, self.system.sections, strict=True):
            entries = [self.entries[item.path] for item in self.articles if item.section is section]
            self.routes[self._route_key(heading.feed)] = partial(
                self._feed, heading.trail[-1], tuple(entries[:MAX_FEED_ENTRIES])
            )

    def _add_yearly_sitemaps(self) -> None:
        maps = []
        years = itertools.groupby(self.articles, lambda item: item.moment.year)
        for number, (year, group) in enumerate(years, 1):
            items = list(group)
            path = self.system.sitemap_part.format(year=year, number=number)
            self.routes[path] = partial(self._sitemap, tuple(self.entries[item.path] for item in items))
            maps.append((self.system.home + path[1:], max(item.modified for item in items)))
        self.routes[self._route_key(self.system.sitemap_path)] = partial(
            self._xml, "sitemap_index.xml", maps=maps
        )

    def _page(self, template: str, path: str, **context: object) -> Reply:
        live = {name: f"@@{name}@@" for name in LIVE_COUNTERS}
        html = self.templates.get_template(template).render(
            site=self.system, sections=self._sections, latest=self.latest, links=OUTBOUND_LINKS.items(),
            here=path, viewstate=next(self._viewstates), **live, **context,
        )  # fmt: skip
        return Reply(html.encode())

    def _plain(self, path: str, heading: str, status: int, lines: list[str] | None = None) -> Reply:
        paragraphs = lines or ["Nội dung đang được cập nhật.", "Mời bạn quay lại trang chủ."]
        page = self._page("plain.html", path, heading=heading, lines=paragraphs)
        return Reply(page.body, status)

    def _article(self, number: int, item: PrintedArticle) -> Reply:
        older = self.articles[number + 1 : number + 9] or self.articles[:8]
        related = [self.entries[other.path] for other in older]
        page = self._page("article.html", item.path, article=article_view(item), related=related)
        content = repr((item.title, item.lead, item.blocks, item.signed, item.paper, item.modified))
        return self._validated(page.body, HTML, content.encode(), item.modified)

    def _validated(self, body: bytes, kind: str, content: bytes, modified: datetime) -> Reply:
        """Return the reply with the validators this system sends; they depend on the content alone."""
        kinds = self.system.validators
        etag = _etag(content) if "etag" in kinds else None
        return Reply(body, 200, kind, etag, modified if "last-modified" in kinds else None)

    def _picture(self, item: PrintedArticle, picture: Picture) -> Reply:
        draw, kind = (png_image, "image/png") if picture.path.endswith(".png") else (jpeg_image, "image/jpeg")
        data = draw(picture.path)
        return self._validated(data, kind, data, item.moment)

    def _paper(self, item: PrintedArticle) -> Reply:
        assert item.paper, item.path
        lines = [block.text for block in item.blocks if block.kind in {"text", "item"}]
        title = f"{item.paper.label} - {item.title}"
        data = (pdf_file if item.paper.kind == "pdf" else docx_file)(title, lines, item.moment)
        return self._validated(data, PAPER_TYPES[item.paper.kind], data, item.moment)

    def _static(self, key: str) -> Callable[[], Reply] | None:
        kind = STATIC_ENDS.get(Path(key).suffix)
        roots = STATIC_ROOTS + self.system.statics
        if kind is None or not key.startswith(tuple(map(str.lower, roots)) if self.system.iis else roots):
            return None
        draw = {".jpg": jpeg_image, ".png": png_image}.get(Path(key).suffix)
        return partial(Reply, draw(key) if draw else b"/* */\n", 200, kind)

    def _xml(self, template: str, byte_order_mark: bytes = b"", **context: object) -> Reply:
        text = self.templates.get_template(template).render(site=self.system, **context)
        return Reply(byte_order_mark + text.encode(), 200, "text/xml; charset=utf-8")

    def _feed(self, title: str, entries: tuple[EntryView, ...], byte_order_mark: bytes = b"") -> Reply:
        return self._xml("feed.xml", byte_order_mark, title=title, entries=entries)

    def _sitemap(self, entries: tuple[EntryView, ...], *, pages: bool = False) -> Reply:
        listings = [heading.url for heading in self._sections] if pages else []
        return self._xml("sitemap.xml", entries=entries, pages=listings)

    def _robots(self) -> Reply:
        maps = [self.system.home + self.system.sitemap_path[1:]] if self.system.sitemap != "none" else []
        text = self.templates.get_template("robots.txt").render(site=self.system, maps=maps)
        return Reply(text.encode(), 200, "text/plain; charset=utf-8")


def _viewstates(key: str) -> list[str]:
    """Return three opaque __VIEWSTATE values of the length ASP.NET pages have."""
    seeds = (f"{key}{turn}{part}".encode() for turn in range(3) for part in range(24))
    blob = [hashlib.sha512(seed).digest() for seed in seeds]
    return [base64.b64encode(b"".join(blob[start : start + 24])).decode() for start in (0, 24, 48)]


def header_clock(night: int, tick: int) -> str:
    """Return the clock of the page header: the night's day, a minute later at every request."""
    now = datetime(2025, 6, 30, 13, 0, tzinfo=HANOI) + timedelta(days=night, minutes=tick % 600)
    return f"{weekday(now)}, {now:%d/%m/%Y, %H:%M}"


def weekday(moment: datetime) -> str:
    """Return the Vietnamese name of the weekday."""
    names = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")
    return names[moment.weekday()]

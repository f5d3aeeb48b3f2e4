"""SiteProfile: the profile of one site, loaded from TOML over the defaults of its platform."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date as Day
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from spiders.profile.fetch import Fetch as Fetch
from spiders.profile.fields import (
    DURATION,
    Css,
    CssSelectors,
    Duration,
    JsonPath,
    JsonUrl,
    ProfileModel,
    Regex,
)
from spiders.profile.toml_lines import toml_line

SPIDERS_FOLDER = Path(__file__).parents[1]
Level = Literal[
    "central",  # the national confederation
    "sector",  # a national union of one industry
    "province",
    "district",  # ended on 2025-06-30
    "ward",  # ward, commune and special zone, since 2025-07-01
    "grassroots",  # unions of one company, office or school
    "press",
    "aggregator",  # publishes what others wrote
    "office",  # of a council or the Party, with union news
]
# unknown: the domain is known, but no page from after the reform of 2025 has been seen; a person must look
# hijacked: the domain no longer shows its owner's pages; it is never requested
Status = Literal["live", "frozen", "moved", "dark", "hijacked", "unknown", "unidentified"]
DURATION_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class ProfileError(Exception):
    """A profile that cannot be used: names file, line, key and remedy."""


class DateRule(ProfileModel):
    """Selector of a date, and the form it is printed in."""

    css: CssSelectors
    attr: str | None = None  # read this attribute instead of the text
    form: str | None = None  # e.g. "HH:mm - dd/MM/yyyy"; without it the date layer decides


class AuthorRule(ProfileModel):
    """Selector of the byline, or the rule that finds it in the body."""

    css: Css | None = None
    last_line: bool = False  # the last short line of the body is the byline
    unit: bool = False  # "Name - Unit": what follows the dash is the author's office


class JsonLayout(ProfileModel):
    """Paths of an article's fields when its page is JSON; the layout's other rules read the body."""

    title: JsonPath
    body: JsonPath  # HTML, or plain text with one paragraph a line
    lead: JsonPath | None = None
    date: JsonPath | None = None  # printed, ISO or Unix time; UTC is turned into Việt Nam's time
    form: str | None = None  # of the date, when it is printed
    author: JsonPath | None = None
    section: JsonPath | None = None


class Layout(ProfileModel):
    """Rules for reading an article page; the newest layout comes first."""

    until: Day | None = None  # last capture day these rules hold for; none = today's layout
    title: tuple[Css, ...] = ("h1",)
    lead: tuple[Css, ...] = ()
    body: tuple[Css, ...] = ()  # none = trafilatura decides alone
    remove: tuple[Css, ...] = ()  # cut out before anything is read
    date: DateRule | None = None
    updated: DateRule | None = None
    author: AuthorRule = AuthorRule()
    section: tuple[Css, ...] = ()  # elements of the section trail, in order
    tags: tuple[Css, ...] = ()
    caption: tuple[Css, ...] = ()  # elements that caption the image before them
    as_json: JsonLayout | None = Field(None, alias="json")  # `[layout.json]`, for pages that are JSON


class JsonListing(ProfileModel):
    """Rules for a listing that is JSON: paths of keys and indexes, joined by dots (`data.items`)."""

    items: Literal[""] | JsonPath = ""  # path of the list of entries; "" = the document is the list
    url: JsonUrl  # an entry's address, its paths starting at the entry: `/api/bai-viet/{id}`
    title: JsonPath | None = None
    date: JsonPath | None = None
    form: str | None = None  # of the date, when it is printed
    # The next page: `/api/tin?page={page}` counts on from the listing's own address (1 where it has
    # none); any other path starts at the document: `{links.next}`.
    next: JsonUrl | None = None
    pages: JsonPath | None = None  # how many there are; none = count on until a page shows nothing new


class Listing(ProfileModel):
    """Rules for reading a listing page."""

    item: tuple[Css, ...] = ()  # one element per entry; none = every link is looked at
    link: Css = "a[href]"
    title: Css | None = None
    date: DateRule | None = None
    pager: tuple[Css, ...] = ()  # links to further pages of the same listing
    as_json: JsonListing | None = Field(None, alias="json")  # `[listing.json]`, for listings that are JSON
    postback: bool = False  # the pager's links are `__doPostBack(…)` of ASP.NET: send the page's form back

    @model_validator(mode="after")
    def _postback_has_a_pager(self) -> Self:
        if self.postback and not self.pager:
            raise ValueError("`postback` without `pager`: say where the pager's links stand")
        return self


class Discover(ProfileModel):
    """Feeds, sitemaps and listings that link articles."""

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()


class Urls(ProfileModel):
    """Patterns of URL classes, searched in `path?query` of the canonical URL under a time limit."""

    article: tuple[Regex, ...] = ()
    listing: tuple[Regex, ...] = ()
    attachment: tuple[Regex, ...] = (r"(?i)\.(pdf|docx?|xlsx?|pptx?|odt|rtf|zip|rar)$",)
    deny: tuple[Regex, ...] = ()
    twin: tuple[Regex, ...] = ()  # print, AMP and language twins
    login: tuple[Regex, ...] = (
        r"(?i)/(dang-?nhap|login|signin|dang-?ky)(?=[/.?]|$)",
    )  # not `/dang-ky-thi-dua-2024.html`
    drop_params: tuple[Regex, ...] = ()  # query parameters that are not identity
    hosts: tuple[str, ...] = ()  # further hosts of the same site
    # The server ignores case in paths and parameter names (IIS), or the order of parameters: canonical
    # URLs are then in lower case, or have parameters sorted by name, and patterns are searched in those.
    fold_case: bool = False
    sort_params: bool = False


class Expect(ProfileModel):
    """Shares (0–1) and counts checked after every run; none = not checked."""

    dated: float | None = Field(None, ge=0, le=1)
    authored: float | None = Field(None, ge=0, le=1)
    leads: float | None = Field(None, ge=0, le=1)
    body_chars: int = 200  # the median body is at least this long
    failed: float = Field(0.05, ge=0, le=1)  # at most this share of visits fails


class SiteRelation(ProfileModel):
    """A predecessor or successor of a site or its owner: another profile, or only a name."""

    key: str | None = None  # of the other profile, which must name this one in turn
    name: str | None = None  # of a unit whose site is not known
    kind: Literal["merged", "moved", "dissolved"]  # owner into owner, site to site, owner into several
    since: Day | None = None  # the first day of the later one; none = not known
    why: str | None = None  # what this rests on; the earlier profile must say it

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.key is None) == (self.name is None):
            raise ValueError("give either `key` (another profile) or `name` (a unit without one)")
        return self


class LanguageEdition(ProfileModel):
    """A host with the same articles in another language."""

    domain: str
    language: str  # ISO 639-1
    kind: Literal["machine_translation", "translation"]


class SiteProfile(ProfileModel):
    """The profile of one site."""

    key: str  # the file's stem: spider name, database key
    name: str
    domain: str
    level: Level
    place: str | None = None  # province of its time, a key of places.toml
    status: Status = "live"
    owner: str | None = None  # the unit that publishes it, where `name` is the site's own
    valid_from: Day | None = None  # first day on which level, place and owner hold; none = not known
    valid_until: Day | None = None  # last such day; none = they hold today
    predecessors: tuple[SiteRelation, ...] = ()
    successors: tuple[SiteRelation, ...] = ()
    mirrors: tuple[str, ...] = ()  # hosts with the same articles: AMP, backups, old names; never requested
    editions: tuple[LanguageEdition, ...] = ()  # never requested either
    platform: str | None = None
    every: Duration = "1d"
    verified: str  # what has been checked against what
    sources: tuple[str, ...] = ()  # what each fact rests on, in short
    notes: str | None = None
    seeds: tuple[str, ...] = Field(min_length=1)
    discover: Discover = Discover()
    urls: Urls = Urls()
    listing: Listing = Listing()
    layout: tuple[Layout, ...] = (Layout(),)
    soft_404: tuple[Regex, ...] = ()  # searched in the page title and heading
    expect: Expect = Expect()
    fetch: Fetch = Fetch()

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError(f"valid_from {self.valid_from} is after valid_until {self.valid_until}")
        return self

    @property
    def interval(self) -> timedelta:
        """Time between two nightly visits."""
        match = DURATION.fullmatch(self.every)
        assert match, self.every
        return timedelta(**{DURATION_UNITS[match[2]]: int(match[1])})

    @property
    def hosts(self) -> frozenset[str]:
        """Every host of the site, lower case."""
        names = {self.domain, *self.urls.hosts}
        return frozenset(n.lower() for n in names) | {f"www.{self.domain.lower()}"}

    @property
    def every_host(self) -> frozenset[str]:
        """The site's hosts and those of its mirrors and editions, which are never requested."""
        return self.hosts | {*self.mirrors, *(edition.domain for edition in self.editions)}

    def layout_at(self, day: Day) -> Layout:
        """Return the layout for a page captured on `day`: the oldest that was still in force."""
        closed = [rules for rules in self.layout if rules.until and day <= rules.until]
        if closed:
            return min(closed, key=lambda rules: rules.until or Day.max)
        return next((rules for rules in self.layout if rules.until is None), self.layout[0])


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProfileError(f"{path}: no such file; `congdoan site list` names the sites") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: not valid TOML: {error}; mend the file") from error


def _merge_tables(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        below_value = merged.get(key)
        nested = isinstance(below_value, dict) and isinstance(value, dict)
        merged[key] = _merge_tables(below_value, value) if nested and below_value is not None else value
    return merged


def _profile_error(path: Path, error: ValidationError) -> ProfileError:
    lines = []
    text = path.read_text(encoding="utf-8")
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        advice = "remove it or correct its spelling" if problem["type"] == "extra_forbidden" else "mend it"
        line = toml_line(text, problem["loc"])  # none: the key is missing, or its platform's
        where = f"{path}, line {line}" if line else str(path)
        lines.append(f"{where}: key `{key}`: {problem['msg']}; {advice}")
    return ProfileError("\n".join(lines))


def load_profile(path: Path, platforms: Path = SPIDERS_FOLDER / "platforms") -> SiteProfile:
    """Load one profile from its file, over its platform's defaults.

    Raises ProfileError naming file, line, key and remedy.
    """
    table = _read_toml(path)
    family = table.get("platform")
    below = _read_toml(platforms / f"{family}.toml") if family else {}
    below.pop("about", None)
    try:
        return SiteProfile.model_validate({**_merge_tables(below, table), "key": path.stem})
    except ValidationError as error:
        raise _profile_error(path, error) from error


def profile_schema_json() -> str:
    """Return the JSON schema of a profile's file, for editors; the key comes from the file's name."""
    schema = SiteProfile.model_json_schema()
    schema["properties"].pop("key")
    schema["required"] = [name for name in schema["required"] if name != "key"]
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _profile_files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.toml"))


@cache
def load_profiles(
    folder: Path = SPIDERS_FOLDER / "sites", platforms: Path = SPIDERS_FOLDER / "platforms"
) -> Mapping[str, SiteProfile]:
    """Load every profile of a folder by key; two files of one name are an error."""
    profiles: dict[str, SiteProfile] = {}
    if not folder.is_dir():
        raise ProfileError(f"{folder}: no such folder of profiles; check `sites` in the configuration")
    for path in _profile_files(folder):
        profile = load_profile(path, platforms)
        if profile.key in profiles:
            raise ProfileError(f"{path}: a second profile called `{profile.key}`; rename one of them")
        profiles[profile.key] = profile
    return profiles

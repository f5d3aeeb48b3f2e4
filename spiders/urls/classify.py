"""URL classes: whether a URL is an article, listing or attachment of a site, or refused and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from spiders.items import LinkKind
from spiders.profile.regex_safety import PatternTimeoutError, ProfilePattern, compile_pattern
from spiders.profile.site_profile import SiteProfile, Urls
from spiders.urls.canonical import BadUrl as BadUrl
from spiders.urls.canonical import UndecidedUrl, fold_url
from spiders.urls.canonical import canonical as canonical
from spiders.urls.traps import is_trap as is_trap

ASSET_EXTENSIONS = frozenset(
    {"css", "js", "mjs", "map", "woff", "woff2", "ttf", "otf", "eot"}
    | {"png", "jpg", "jpeg", "jfif", "gif", "webp", "avif", "svg", "ico", "bmp", "tif", "tiff"}
)

Patterns = tuple[ProfilePattern, ...]


@dataclass(frozen=True, slots=True)
class UrlClass:
    """The class of one URL on a site."""

    kind: LinkKind | None  # None: another site's, or no pattern matches
    refused: str | None  # a storage.records.Reason value, or `offsite` or `asset` (never counted)


OFFSITE = UrlClass(None, "offsite")
ASSET = UrlClass(None, "asset")
PATTERN_TIMEOUT = UrlClass(None, "pattern_timeout")


@dataclass(frozen=True, slots=True)
class UrlRules:
    """The URL rules of a profile, compiled."""

    hosts: frozenset[str]
    origin_by_host: Mapping[
        str, str
    ]  # host without port → origin its links are given, e.g. `https://www.x.vn`
    declared: Mapping[str, LinkKind]  # seeds, feeds, sitemaps and listings the profile names
    drop_params: Patterns
    refusals: tuple[tuple[ProfilePattern, str], ...]  # in order: the first that matches is the reason
    article: Patterns
    attachment: Patterns
    listing: Patterns
    fold_case: bool = False
    sort_params: bool = False

    def canonical_url(self, url: str, base: str | None = None) -> str:
        """Return the canonical URL as this site spells it. Raises BadUrl."""
        home_url = self._at_home(canonical(url, base, drop=self.drop_params))
        if not (self.fold_case or self.sort_params):
            return home_url
        own = _host(home_url[home_url.index("/") + 2 : home_url.index("/", 8)]) in self.hosts
        return fold_url(home_url, case=self.fold_case, order=self.sort_params) if own else home_url

    def _at_home(self, url: str) -> str:
        slash = url.index("/", 8)
        home_origin = self.origin_by_host.get(url[url.index("/") + 2 : slash])
        return url if home_origin is None or url.startswith(home_origin + "/") else home_origin + url[slash:]

    def classify(self, url: str) -> UrlClass:
        """Classify a canonical URL; refused as `pattern_timeout` when a pattern takes too long on it."""
        try:
            return self._classify(url)
        except PatternTimeoutError:
            return PATTERN_TIMEOUT

    def slow_pattern(self, url: str) -> PatternTimeoutError | UndecidedUrl | None:
        """Return the error that names the pattern which takes too long on a URL; None when none does."""
        try:
            self._classify(self.canonical_url(url, next(iter(self.declared))))
        except (PatternTimeoutError, UndecidedUrl) as error:
            return error
        except BadUrl:
            return None
        return None

    def _classify(self, url: str) -> UrlClass:
        slash = url.index("/", 8)
        subject = url[slash:].partition("#")[0]
        path = subject.partition("?")[0]
        own = _host(url[url.index("/") + 2 : slash]) in self.hosts
        attached = own and (
            _any_match(self.attachment, path) or (path != subject and _any_match(self.attachment, subject))
        )
        if not attached and path.rpartition(".")[2].lower() in ASSET_EXTENSIONS:
            return ASSET
        if not own:
            return OFFSITE
        if url in self.declared:
            return UrlClass(self.declared[url], None)
        kind: LinkKind | None = "attachment" if attached else self._kind(subject)
        return UrlClass(kind, self._refusal(url, subject) or (None if kind else "unmatched"))

    def classify_image(self, url: str) -> UrlClass:
        """Classify the canonical URL of an image in an article: refused as `offsite` on other hosts."""
        slash = url.index("/", 8)
        if _host(url[url.index("/") + 2 : slash]) not in self.hosts:
            return UrlClass("image", "offsite")
        try:
            return UrlClass("image", self._refusal(url, url[slash:].partition("#")[0]))
        except PatternTimeoutError:
            return UrlClass("image", "pattern_timeout")

    def _kind(self, subject: str) -> LinkKind | None:
        if _any_match(self.article, subject):
            return "article"
        return "listing" if _any_match(self.listing, subject) else None

    def _refusal(self, url: str, subject: str) -> str | None:
        for pattern, reason in self.refusals:
            if pattern.search(subject):
                return reason
        return "trap" if is_trap(url) else None


def classify(url: str, profile: SiteProfile) -> UrlClass:
    """Classify a canonical URL: its kind on the site, or why it must not be requested.

    In order: asset, offsite, named by the profile, denied, twin, login_link, trap, then
    attachment, article or listing, else unmatched. A refused address keeps the kind its pattern
    gives it. Attachments go first: `/tin-tuc/ke-hoach.pdf` is a file whatever else it matches.
    """
    return url_rules(profile).classify(url)


def site_url(url: str, profile: SiteProfile, base: str | None = None) -> str:
    """Return the canonical URL as this site spells it. Raises BadUrl.

    Without the profile's `drop_params`, folded as its `fold_case` and `sort_params` say; a link to the
    site's own host, with or without `www.`, takes scheme and host of its first seed.
    """
    return url_rules(profile).canonical_url(url, base)


@lru_cache(maxsize=1024)
def url_rules(profile: SiteProfile) -> UrlRules:
    """Return the compiled URL rules of a profile; equal profiles share them. Raises BadUrl on a bad seed."""
    urls = profile.urls
    homes = _origin_by_host(profile)
    drop, folding = _compile_all(urls.drop_params), (urls.fold_case, urls.sort_params)
    rules_without_declared = UrlRules(profile.hosts, homes, {}, drop, (), (), (), (), *folding)
    return UrlRules(
        hosts=profile.hosts,
        origin_by_host=homes,
        declared=_declared_kinds(profile, rules_without_declared),
        drop_params=rules_without_declared.drop_params,
        refusals=_refusals(urls),
        article=_compile_all(urls.article),
        attachment=_compile_all(urls.attachment),
        listing=_compile_all(urls.listing),
        fold_case=urls.fold_case,
        sort_params=urls.sort_params,
    )


@lru_cache(maxsize=1024)
def declared_hosts(profile: SiteProfile) -> frozenset[str]:
    """Return the hosts of the URLs the profile itself names: seeds, feeds, sitemaps, listings."""
    return frozenset(
        _host(url[url.index("/") + 2 : url.index("/", 8)]) for url in url_rules(profile).declared
    )


def _refusals(urls: Urls) -> tuple[tuple[ProfilePattern, str], ...]:
    patterns_by_reason = ((urls.deny, "denied"), (urls.twin, "twin"), (urls.login, "login_link"))
    return tuple(
        (pattern, reason) for patterns, reason in patterns_by_reason for pattern in _compile_all(patterns)
    )


def _compile_all(patterns: tuple[str, ...]) -> Patterns:
    return tuple(compile_pattern(pattern) for pattern in patterns)


def _any_match(patterns: Patterns, subject: str) -> bool:
    for pattern in patterns:  # noqa: SIM110 - half the time of any(), and this runs for every link
        if pattern.search(subject):
            return True
    return False


def _host(authority: str) -> str:
    return authority if authority.endswith("]") else authority.partition(":")[0]


def _origin_by_host(profile: SiteProfile) -> dict[str, str]:
    """Origins by host, from the seeds; `www.` and the bare domain are one host, the first seed's."""
    homes: dict[str, str] = {}
    pair = (profile.domain.lower(), f"www.{profile.domain.lower()}")
    for seed in profile.seeds:
        url = canonical(seed)
        origin = url[: url.index("/", 8)]
        host = origin.partition("//")[2]
        for name in pair if host in pair else (host,):
            homes.setdefault(name, origin)
    return homes


def _declared_kinds(profile: SiteProfile, rules_without_declared: UrlRules) -> dict[str, LinkKind]:
    urls_by_kind: tuple[tuple[LinkKind, tuple[str, ...]], ...] = (
        ("seed", profile.seeds),
        ("feed", profile.discover.feeds),
        ("sitemap", profile.discover.sitemaps),
        ("listing", profile.discover.listings),
    )
    declared: dict[str, LinkKind] = {}
    for kind, urls in urls_by_kind:
        for url in urls:
            declared.setdefault(rules_without_declared.canonical_url(url, profile.seeds[0]), kind)
    return declared

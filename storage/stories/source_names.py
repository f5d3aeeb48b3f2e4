"""Source names: the site that a credit line or a press prefix names, by address, name or initials (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.gazetteer.names import plain_name
from storage.search.query.abbreviations import default_abbreviations, text_terms

# Words before a paper's name, and words of a unit's name that writers often omit.
PUBLICATION_KINDS = (
    "báo điện tử",
    "tạp chí điện tử",
    "trang thông tin điện tử",
    "cổng thông tin điện tử",
    "báo",
    "tạp chí",
)
OMITTED_WORDS = frozenset({"tỉnh", "thành", "phố", "tp", "huyện", "quận"})
MIN_NAME_WORDS = 3  # a shorter name (Lao Động) is part of others and has to be the whole credit line
CREDIT_LINE_STARTS = ("theo ", "nguồn ", "tin từ ")
ONLINE_SUFFIX = "O"  # papers sign their web edition NLĐO, LĐO


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """The names by which others may credit a site."""

    key: str
    name: str
    domain: str
    owner: str | None = None  # the unit that publishes it, where the site has a name of its own


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A site that a credit line or a press prefix names, and by what."""

    site: SiteIdentity
    by: str  # address, name, owner or initials


def source_by_credit_line(credit: str, sites: Iterable[SiteIdentity]) -> NamedSource | None:
    """Return the site a credit line (`Theo Báo Lao động Thủ đô`, `congdoan.example`) names.

    The longest match wins; None when none matches, or several sites match equally well.
    """
    matches = [
        (length, NamedSource(site, by))
        for site in sites
        for by, length in (
            ("address", _address_chars(credit, site)),
            ("name", _name_words_in(site.name, credit)),
            ("owner", _name_words_in(site.owner, credit) if site.owner else 0),
            ("initials", _initials_chars(credit, site)),
        )
        if length
    ]
    longest = max((length for length, _ in matches), default=0)
    best = [source for length, source in matches if length == longest]
    return best[0] if len({source.site.key for source in best}) == 1 else None


def source_by_press_prefix(prefix: str, sites: Iterable[SiteIdentity]) -> NamedSource | None:
    """Return the site whose press prefix (`LĐTĐ`) this is; None when no site has it, or several have."""
    sources = [NamedSource(site, "initials") for site in sites if _initials_chars(prefix, site)]
    if not sources:
        return source_by_credit_line(prefix, sites)
    return sources[0] if len(sources) == 1 else None


def name_initials(name: str) -> str:
    """Return the initials of a name without the kind of paper: `Báo Lao động Thủ đô` gives `LĐTĐ`."""
    return "".join(word[0] for word in _without_publication_kind(plain_name(name))).upper()


def _address_chars(credit: str, site: SiteIdentity) -> int:
    """Return the length of the site's domain when the credit line holds it, else 0."""
    domain = site.domain.casefold().removeprefix("www.")
    return len(domain) if domain and domain in credit.casefold() else 0


def _initials_chars(credit: str, site: SiteIdentity) -> int:
    """Return the length of the site's initials when they are the whole credit line, else 0."""
    abbreviation = "".join(credit.split()).strip("().,:;-–").upper()
    for name in (site.name, site.owner or ""):
        initials = name_initials(name)
        if len(initials) > 1 and abbreviation in {initials, initials + ONLINE_SUFFIX}:
            return len(initials)
    return 0


def _without_publication_kind(name: str) -> list[str]:
    """Return the words of a plain name without the kind of paper before it."""
    for kind in PUBLICATION_KINDS:
        if name.startswith(f"{kind} "):
            return name.removeprefix(f"{kind} ").split()
    return name.split()


def _spelt_out_name(name: str) -> tuple[str, ...]:
    """Return the words of a name with abbreviations in full, without words that writers omit."""
    words, spelt_out, position = (
        text_terms(" ".join(_without_publication_kind(plain_name(name)))),
        list[str](),
        0,
    )
    while position < len(words):
        abbreviation = default_abbreviations().match(words, position)
        length = abbreviation.length if abbreviation else 1
        forms = [words[position : position + length], *(abbreviation.other_forms if abbreviation else ())]
        spelt_out += [term.exact for term in max(forms, key=len)]
        position += length
    return tuple(word for word in spelt_out if word not in OMITTED_WORDS)


def _name_words_in(name: str, credit: str) -> int:
    """Return the number of words of a name when the credit line holds it, else 0."""
    plain_credit = plain_name(credit)
    for start in CREDIT_LINE_STARTS:
        plain_credit = plain_credit.removeprefix(start)
    name_words, credit_words = _spelt_out_name(name), _spelt_out_name(plain_credit)
    if not name_words or len(name_words) < MIN_NAME_WORDS:
        return len(name_words) if name_words == credit_words else 0
    windows = (credit_words[at : at + len(name_words)] for at in range(len(credit_words)))
    return len(name_words) if name_words in windows else 0

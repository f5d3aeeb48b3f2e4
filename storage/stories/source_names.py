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


def source_by_credit_line(credit_line: str, sites: Iterable[SiteIdentity]) -> NamedSource | None:
    """Return the site a credit line (`Theo Báo Lao động Thủ đô`, `congdoan.example`) names.

    The longest match wins; None when none matches, or several sites match equally well.
    """
    source_matches = [
        (matched_length, NamedSource(site, named_by))
        for site in sites
        for named_by, matched_length in (
            ("address", _address_chars(credit_line, site)),
            ("name", _name_words_in(site.name, credit_line)),
            ("owner", _name_words_in(site.owner, credit_line) if site.owner else 0),
            ("initials", _initials_chars(credit_line, site)),
        )
        if matched_length
    ]
    longest_match = max((matched_length for matched_length, _ in source_matches), default=0)
    best_sources = [source for matched_length, source in source_matches if matched_length == longest_match]
    return best_sources[0] if len({source.site.key for source in best_sources}) == 1 else None


def source_by_press_prefix(press_prefix: str, sites: Iterable[SiteIdentity]) -> NamedSource | None:
    """Return the site whose press prefix (`LĐTĐ`) this is; None when no site has it, or several have."""
    prefix_sources = [NamedSource(site, "initials") for site in sites if _initials_chars(press_prefix, site)]
    if not prefix_sources:
        return source_by_credit_line(press_prefix, sites)
    return prefix_sources[0] if len(prefix_sources) == 1 else None


def name_initials(source_name: str) -> str:
    """Return the initials of a name without the kind of paper: `Báo Lao động Thủ đô` gives `LĐTĐ`."""
    return "".join(word[0] for word in _without_publication_kind(plain_name(source_name))).upper()


def _address_chars(credit_line: str, site: SiteIdentity) -> int:
    """Return the length of the site's domain when the credit line holds it, else 0."""
    source_domain = site.domain.casefold().removeprefix("www.")
    return len(source_domain) if source_domain and source_domain in credit_line.casefold() else 0


def _initials_chars(credit_line: str, site: SiteIdentity) -> int:
    """Return the length of the site's initials when they are the whole credit line, else 0."""
    name_abbreviation = "".join(credit_line.split()).strip("().,:;-–").upper()
    for source_name in (site.name, site.owner or ""):
        source_initials = name_initials(source_name)
        if len(source_initials) > 1 and name_abbreviation in {
            source_initials,
            source_initials + ONLINE_SUFFIX,
        }:
            return len(source_initials)
    return 0


def _without_publication_kind(source_name: str) -> list[str]:
    """Return the words of a plain name without the kind of paper before it."""
    for publication_kind in PUBLICATION_KINDS:
        if source_name.startswith(f"{publication_kind} "):
            return source_name.removeprefix(f"{publication_kind} ").split()
    return source_name.split()


def _spelt_out_name(source_name: str) -> tuple[str, ...]:
    """Return the words of a name with abbreviations in full, without words that writers omit."""
    name_words, spelt_out_words, name_position = (
        text_terms(" ".join(_without_publication_kind(plain_name(source_name)))),
        list[str](),
        0,
    )
    while name_position < len(name_words):
        name_abbreviation = default_abbreviations().match(name_words, name_position)
        matched_length = name_abbreviation.length if name_abbreviation else 1
        name_forms = [
            name_words[name_position : name_position + matched_length],
            *(name_abbreviation.other_forms if name_abbreviation else ()),
        ]
        spelt_out_words += [term.exact for term in max(name_forms, key=len)]
        name_position += matched_length
    return tuple(word for word in spelt_out_words if word not in OMITTED_WORDS)


def _name_words_in(source_name: str, credit_line: str) -> int:
    """Return the number of words of a name when the credit line holds it, else 0."""
    plain_credit = plain_name(credit_line)
    for credit_start in CREDIT_LINE_STARTS:
        plain_credit = plain_credit.removeprefix(credit_start)
    name_words, credit_words = _spelt_out_name(source_name), _spelt_out_name(plain_credit)
    if not name_words or len(name_words) < MIN_NAME_WORDS:
        return len(name_words) if name_words == credit_words else 0
    credit_windows = (
        credit_words[credit_position : credit_position + len(name_words)]
        for credit_position in range(len(credit_words))
    )
    return len(name_words) if name_words in credit_windows else 0

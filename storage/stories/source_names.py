"""Which site a text names as its source: by address, by name, by abbreviation (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.gazetteer.names import plain_name
from storage.search.query.abbreviations import default_abbreviations, text_terms

# Words that stand before a paper's or a unit's name, or are left out of it, as writers please.
PUBLICATION_KINDS = (
    "báo điện tử",
    "tạp chí điện tử",
    "trang thông tin điện tử",
    "cổng thông tin điện tử",
    "báo",
    "tạp chí",
)
OMITTED_WORDS = frozenset({"tỉnh", "thành", "phố", "tp", "huyện", "quận"})
MIN_NAME_WORDS = 3  # words; a shorter name (Lao Động) stands within others and must be all a line says
CREDIT_LINE_STARTS = ("theo ", "nguồn ", "tin từ ")
ONLINE_SUFFIX = "O"  # papers sign their web edition NLĐO, LĐO


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """How a site may be named by others."""

    key: str
    name: str
    domain: str
    owner: str | None = None  # where the name is the site's own


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A site that is named, and what of it."""

    site: SiteIdentity
    by: str  # address, name, owner, initials


def source_by_credit_line(source: str, boards: Iterable[SiteIdentity]) -> NamedSource | None:
    """The site a source line (`Theo Báo Lao động Thủ đô`, `congdoan.example`) names; the longest wins."""
    found = [
        (length, NamedSource(board, by))
        for board in boards
        for by, length in (
            ("address", _address_chars(source, board)),
            ("name", _name_words_in(board.name, source)),
            ("owner", _name_words_in(board.owner, source) if board.owner else 0),
            ("initials", _initials_chars(source, board)),
        )
        if length
    ]
    longest = max((length for length, _ in found), default=0)
    best = [named for length, named in found if length == longest]
    return best[0] if len({named.site.key for named in best}) == 1 else None


def source_by_press_prefix(prefix: str, boards: Iterable[SiteIdentity]) -> NamedSource | None:
    """The site whose press prefix (`LĐTĐ`) this is; None when it is nobody's, or of several."""
    found = [NamedSource(board, "initials") for board in boards if _initials_chars(prefix, board)]
    return found[0] if len(found) == 1 else source_by_credit_line(prefix, boards) if not found else None


def name_initials(name: str) -> str:
    """The first letters of a name, its kind left out: `Báo Lao động Thủ đô` gives `LĐTĐ`."""
    return "".join(word[0] for word in _without_publication_kind(plain_name(name))).upper()


def _address_chars(source: str, board: SiteIdentity) -> int:
    domain = board.domain.casefold().removeprefix("www.")
    return len(domain) if domain and domain in source.casefold() else 0


def _initials_chars(source: str, board: SiteIdentity) -> int:
    told = "".join(source.split()).strip("().,:;-–").upper()
    for name in (board.name, board.owner or ""):
        short = name_initials(name)
        if len(short) > 1 and told in {short, short + ONLINE_SUFFIX}:
            return len(short)
    return 0


def _without_publication_kind(words: str) -> list[str]:
    """The words of a plain name without the kind of paper before it."""
    for kind in PUBLICATION_KINDS:
        if words.startswith(f"{kind} "):
            return words.removeprefix(f"{kind} ").split()
    return words.split()


def _spelt_out_name(name: str) -> tuple[str, ...]:
    """The words of a name, abbreviations in full, what writers leave out left out."""
    words, spelt, at = text_terms(" ".join(_without_publication_kind(plain_name(name)))), list[str](), 0
    while at < len(words):
        match = default_abbreviations().match(words, at)
        length = match.length if match else 1
        forms = [words[at : at + length], *(match.others if match else ())]
        spelt += [term.exact for term in max(forms, key=len)]
        at += length
    return tuple(word for word in spelt if word not in OMITTED_WORDS)


def _name_words_in(name: str, source: str) -> int:
    """How many words of a source line are the name, whole; 0 = it is not in it."""
    told = plain_name(source)
    for before in CREDIT_LINE_STARTS:
        told = told.removeprefix(before)
    wanted, there = _spelt_out_name(name), _spelt_out_name(told)
    if not wanted or len(wanted) < MIN_NAME_WORDS:
        return len(wanted) if wanted == there else 0
    runs = (there[at : at + len(wanted)] for at in range(len(there)))
    return len(wanted) if wanted in runs else 0

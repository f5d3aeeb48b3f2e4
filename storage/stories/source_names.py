"""Which site a text names as its source: by address, by name, by abbreviation (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.gazetteer.names import plain
from storage.search.query.abbreviations import house_list, terms

# Words that stand before a paper's or a unit's name, or are left out of it, as writers please.
BEFORE = (
    "báo điện tử",
    "tạp chí điện tử",
    "trang thông tin điện tử",
    "cổng thông tin điện tử",
    "báo",
    "tạp chí",
)
LEFT_OUT = frozenset({"tỉnh", "thành", "phố", "tp", "huyện", "quận"})
LEAST = 3  # words; a shorter name (Lao Động) stands within others and must be all a line says
LEADING = ("theo ", "nguồn ", "tin từ ")
ONLINE = "O"  # papers sign their web edition NLĐO, LĐO


@dataclass(frozen=True, slots=True)
class Signboard:
    """How a site may be named by others."""

    key: str
    name: str
    domain: str
    owner: str | None = None  # where the name is the site's own


@dataclass(frozen=True, slots=True)
class Named:
    """A site that is named, and what of it."""

    site: Signboard
    by: str  # address, name, owner, initials


def named_by(source: str, boards: Iterable[Signboard]) -> Named | None:
    """The site a source line (`Theo Báo Lao động Thủ đô`, `congdoan.example`) names; the longest wins."""
    found = [
        (length, Named(board, by))
        for board in boards
        for by, length in (
            ("address", _address(source, board)),
            ("name", _contained(board.name, source)),
            ("owner", _contained(board.owner, source) if board.owner else 0),
            ("initials", _initialled(source, board)),
        )
        if length
    ]
    longest = max((length for length, _ in found), default=0)
    best = [named for length, named in found if length == longest]
    return best[0] if len({named.site.key for named in best}) == 1 else None


def signed_by(prefix: str, boards: Iterable[Signboard]) -> Named | None:
    """The site whose press prefix (`LĐTĐ`) this is; None when it is nobody's, or of several."""
    found = [Named(board, "initials") for board in boards if _initialled(prefix, board)]
    return found[0] if len(found) == 1 else named_by(prefix, boards) if not found else None


def initials(name: str) -> str:
    """The first letters of a name, its kind left out: `Báo Lao động Thủ đô` gives `LĐTĐ`."""
    return "".join(word[0] for word in _bare(plain(name))).upper()


def _address(source: str, board: Signboard) -> int:
    domain = board.domain.casefold().removeprefix("www.")
    return len(domain) if domain and domain in source.casefold() else 0


def _initialled(source: str, board: Signboard) -> int:
    told = "".join(source.split()).strip("().,:;-–").upper()
    for name in (board.name, board.owner or ""):
        short = initials(name)
        if len(short) > 1 and told in {short, short + ONLINE}:
            return len(short)
    return 0


def _bare(words: str) -> list[str]:
    """The words of a plain name without the kind of paper before it."""
    for kind in BEFORE:
        if words.startswith(f"{kind} "):
            return words.removeprefix(f"{kind} ").split()
    return words.split()


def _spelt_out(name: str) -> tuple[str, ...]:
    """The words of a name, abbreviations in full, what writers leave out left out."""
    words, spelt, at = terms(" ".join(_bare(plain(name)))), list[str](), 0
    while at < len(words):
        match = house_list().match(words, at)
        length = match.length if match else 1
        forms = [words[at : at + length], *(match.others if match else ())]
        spelt += [term.exact for term in max(forms, key=len)]
        at += length
    return tuple(word for word in spelt if word not in LEFT_OUT)


def _contained(name: str, source: str) -> int:
    """How many words of a source line are the name, whole; 0 = it is not in it."""
    told = plain(source)
    for before in LEADING:
        told = told.removeprefix(before)
    wanted, there = _spelt_out(name), _spelt_out(told)
    if not wanted or len(wanted) < LEAST:
        return len(wanted) if wanted == there else 0
    runs = (there[at : at + len(wanted)] for at in range(len(there)))
    return len(wanted) if wanted in runs else 0

"""Cite: the documents a text refers to: `Nghị quyết số 02-NQ/TW ngày 12/6/2021 của Bộ Chính trị`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date as Day
from functools import cache
from pathlib import Path

from pipelines.describe.organisations import expand_abbreviation
from storage.records import DocumentRef

DATA = Path(__file__).with_name("legal_documents.toml")
# A running number, a year where there is one, then codes: `145/2020/NĐ-CP`, `02 – NQ/TW`, `20a/NQ-BCH`.
NUMBER = re.compile(
    r"(?<![\w/.,:–-])(\d{1,5}(?:\s?[a-zđA-ZĐ](?=\s?[/–-]))?)(\s?/\s?(?:19|20)\d\d)?(?:\s?/\s?|\s?[-–]\s?)"
    r"([^\W\d_]{2,10}(?:(?<=QH)\s)?\d{0,2}(?!\w)(?:\s?[-–/&]\s?[^\W\d_]{1,10}(?:(?<=QH)\s)?\d{0,2}(?!\w))*)"
)
# Laws by name and year: `Luật Công đoàn năm 2024`, `Bộ luật Lao động (sửa đổi) 2019`.
LAW = re.compile(
    r"(?<!\w)(?P<kind>(?i:Bộ luật)|Luật|LUẬT)\s+(?P<name>[^\W\d_][^\d.;:()\n“”\"]{1,60}?)\s*"
    r"(?:\((?:sửa đổi|SỬA ĐỔI)[^()]*\)\s*)?"
    r"\s(?:năm\s+|NĂM\s+)?(?P<year>(?:19|20)\d\d)(?![\w/.-]*\w)"
)
NO_LAW = re.compile(
    r"(?i)(?<!\w)(?:được|các|những|do|có|đã|sẽ|từ|trong|vào|ngày|tháng|của|cho|ban hành|theo|tại|là|khi|"
    r"với|số|đến|như|này|bắt đầu|áp dụng|thông qua)(?!\w)"
)
NO_STATUTE = re.compile(
    r"(?i)(?:công ty|văn phòng|đại học|trường|khoa|ngành|cử nhân|thạc sĩ|kỷ|dự thảo|dự án|câu lạc bộ)\s+$|"
    r"công ước[^.;]*$"
)
PREFIX_SO = re.compile(r"(?i)\s+(?:số|sô)?\s*:?\s*$")
LAW_BEFORE = re.compile(r"(?i)(?<!\w)(?P<kind>Bộ luật|Luật|Pháp lệnh)\s+[^\d.;:()\n]{2,70}?\s+số\s*:?\s*$")
DATED = re.compile(
    r"(?i)^[\s,(]{0,3}(?:ban hành|được ban hành|ký)?\s*(?:ngày|,)?\s*(\d{1,2})\s?"
    r"(?:[/.–-]\s?(\d{1,2})\s?[/.–-]\s?|"
    r"tháng\s+(\d{1,2})\s+năm\s+)((?:19|20)\d\d)(?!\d)\)?"
)
ISSUED = re.compile(r"(?i)^[\s,)]{0,3}(?:của|do)\s+")
FOREIGN = re.compile(
    r"(?<!\w)(?:Mỹ|Hoa Kỳ|Nhật Bản|Hàn Quốc|Trung Quốc|Đài Loan|Thái Lan|Campuchia|Indonesia|Malaysia|"
    r"Philippines|Úc|Nga|châu Âu|EU|Liên [Hh]ợp [Qq]uốc)(?!\w)"
)
OLDEST = 1986  # year of a law cited by name; older ones are seldom ours
BEHIND, AHEAD = 90, 160  # characters looked at before and after a number

Local = Callable[[str], tuple[str, int] | None]


@dataclass(frozen=True, slots=True)
class DocumentCodes:
    """What `documents.toml` tells, ready to be asked."""

    types: Mapping[str, str]  # code → kind
    also: Mapping[str, tuple[str, ...]]  # code → further kinds it stands for
    doubtful: Mapping[str, str]  # codes that are a kind only beside another code
    issuers: Mapping[str, str]  # code → body
    federations: frozenset[str]  # codes that any federation uses
    signs: frozenset[str]  # every code that may follow a spaced dash
    laws: Mapping[str, str]  # name and year in lower case → number
    kinds: Mapping[str, str]  # lower case → as written in full
    kind_before: re.Pattern[str]
    bodies: Mapping[str, str]  # a form in lower case → body
    body: re.Pattern[str]


@cache
def document_codes() -> DocumentCodes:
    """The tables of `documents.toml`."""
    told = tomllib.loads(DATA.read_text(encoding="utf-8"))
    kinds = {name.lower(): name for name in told["words"]["names"]}
    forms = {form.lower(): body for body, forms in told["bodies"].items() for form in forms}
    return DocumentCodes(
        types=told["types"],
        also={code: tuple(names) for code, names in told["also"].items()},
        doubtful=told["ambiguous"],
        issuers=told["issuers"],
        federations=frozenset(told["federation"]["codes"]),
        signs=frozenset((*told["issuers"], *told["federation"]["codes"], *told["further"]["codes"])),
        laws={name.lower(): number for name, number in told["laws"].items()},
        kinds=kinds,
        kind_before=re.compile(rf"(?i)(?<!\w)({_either(kinds)})$"),
        bodies=forms,
        body=re.compile(rf"(?i)({_either(forms)})(?!\w)"),
    )


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def find_cited_documents(
    texts: Iterable[str], federation: str | None = None, local: Local = lambda _: None
) -> tuple[DocumentRef, ...]:
    """The documents the texts refer to, in order, each once; a later mention fills what the first left out.

    `federation` is the body that numbers of any federation (`589/QĐ-LĐLĐ`) are taken to be of;
    `local` reads the name of a body that a text begins with, where that is no body of the whole country.
    A law cited by name and year alone bears its number where we know it, else name and year for one.
    """
    found: dict[tuple[str, str | None], DocumentRef] = {}
    for text in texts:
        for document in _in(text, federation, local):
            number = document.number.upper()
            key = next((key for key in found if key[0] == number and _alike(key[1], document.type)), None)
            if key:
                found[key] = _fill(found[key], document)
            else:
                found[number, document.type] = document
    return tuple(found.values())


def _alike(one: str | None, other: str | None) -> bool:
    """Whether two kinds may be one document's: a law and a resolution share the number 100/2015/QH13."""
    return (
        one is None
        or other is None
        or one.lower().endswith(other.lower())
        or other.lower().endswith(one.lower())
    )


def _fill(known: DocumentRef, again: DocumentRef) -> DocumentRef:
    return replace(
        known,
        type=known.type or again.type,
        issuer=known.issuer or again.issuer,
        day=known.day or again.day,
    )


def _in(text: str, federation: str | None, local: Local) -> list[DocumentRef]:
    """What one text refers to, in order."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = text.replace("Ð", "Đ")  # eth, which looks the same
    numbered = [(match.start(), _numbered(text, match, federation, local)) for match in NUMBER.finditer(text)]
    told = [(start, document) for start, document in numbered if document]
    if "uật" in text or "UẬT" in text:
        told += _laws(text)
    return [document for _, document in sorted(told, key=lambda each: each[0])]


def _numbered(text: str, match: re.Match[str], federation: str | None, local: Local) -> DocumentRef | None:
    known = document_codes()
    before = text[max(0, match.start() - BEHIND) : match.start()]
    kind, numbered = _kind_before(before)
    parts, end = _parts(match)
    year = match[2] is not None
    signs = [_sign(part) for part in parts]
    sure = len(parts) > 1 and any(sign in known.types for sign in signs)
    sure = sure or (year and any(sign in known.issuers or sign in known.doubtful for sign in signs))
    written = parts[0][0].isupper()
    if not (sure or (kind and (written or numbered))) or not (written or kind or numbered):
        return None
    if before.rstrip().endswith("/"):
        return None  # the tail of a number we could not read whole
    day, issuer = _after(text[end : end + AHEAD], local)
    number = re.sub(r"\s+", "", text[match.start() : end]).replace("–", "-")
    return DocumentRef(
        number=number if written else number.upper(),
        type=_kind_of(signs, kind, before) or kind,
        issuer=issuer or _issuer_of(signs, federation),
        day=day,
    )


def _sign(part: str) -> str:
    return part.upper().rstrip("0123456789 ")


def _parts(match: re.Match[str]) -> tuple[list[str], int]:
    """The codes of a number and where it ends: after a spaced dash only a known code goes on."""
    known = document_codes()
    parts: list[str] = []
    end = match.start(3)
    loose = " " in match[0][: end - match.start()]
    for piece in re.finditer(r"(\s?[-–/&]\s?)?([^\W_]+(?:\s\d+)?)", match[3]):
        spaced = piece[1] is not None and piece[1] != piece[1].strip()
        if spaced and not _goes_on(parts, piece[2], known, loose):
            break
        parts.append(piece[2])
        end = match.start(3) + piece.end()
    return parts, end


def _goes_on(parts: list[str], piece: str, known: DocumentCodes, loose: bool) -> bool:
    """Whether what stands behind a spaced dash is still the number: `1058 / QĐ - TTg`, no sentence.

    `loose`: the number was written with spaces before.
    """
    if _sign(piece) in known.signs and not (parts and _sign(parts[-1]) in known.signs):
        return piece.isupper() or piece == "TTg"
    if loose and _sign(piece) in known.types:
        return True  # `72 / KL - TTr`
    return piece.isupper() and (loose or all(_sign(part) in known.types for part in parts))


def _kind_before(before: str) -> tuple[str | None, bool]:
    """The kind of document named right before a number, and whether `số` stands between."""
    known = document_codes()
    gap = PREFIX_SO.search(before)
    if not gap:
        return None, False
    named = known.kind_before.search(before[: gap.start()])
    return (known.kinds[" ".join(named[1].lower().split())] if named else None), "s" in gap[0].lower()


def _kind_of(signs: list[str], named: str | None, before: str) -> str | None:
    """The kind by word and code; where they differ the code is right, unless it stands for both."""
    known = document_codes()
    sign = next((sign for sign in signs if sign in known.types), None)
    if sign:
        return named if named in known.also.get(sign, ()) else known.types[sign]
    if named is None and "QH" in signs and (law := LAW_BEFORE.search(before)):
        return known.kinds[law["kind"].lower()]
    doubtful = next((known.doubtful[sign] for sign in signs if sign in known.doubtful), None)
    return doubtful if named in (None, "Văn bản") else named


def _issuer_of(signs: list[str], federation: str | None) -> str | None:
    known = document_codes()
    if "TTLT" in signs and not all(sign in known.issuers for sign in signs if sign != "TTLT"):
        return None  # a circular of several bodies is not that of those we know
    bodies = dict.fromkeys(known.issuers[sign] for sign in signs if sign in known.issuers)
    if bodies:
        return ", ".join(bodies)
    return federation if any(sign in known.federations for sign in signs) else None


def _after(rest: str, local: Local) -> tuple[Day | None, str | None]:
    """The day and the issuer printed behind a number, in either order."""
    issuer = _issuer(rest, local)
    if issuer:
        rest = rest[issuer[1] :]
    dated = DATED.match(rest)
    day = _day(dated) if dated else None
    if dated and issuer is None:
        issuer = _issuer(rest[dated.end() :], local)
    return day, issuer[0] if issuer else None


def _issuer(rest: str, local: Local) -> tuple[str, int] | None:
    known = document_codes()
    if not (link := ISSUED.match(rest)):
        return None
    body = known.body.match(rest, link.end())
    if body:
        return known.bodies[body[1].lower()], body.end()
    named = local(rest[link.end() :])
    return (named[0], link.end() + named[1]) if named else None


def _day(dated: re.Match[str]) -> Day | None:
    try:
        return Day(int(dated[4]), int(dated[2] or dated[3]), int(dated[1]))
    except ValueError:
        return None


def _laws(text: str) -> Iterator[tuple[int, DocumentRef]]:
    for match in LAW.finditer(text):
        name = " ".join(match["name"].split())
        if not _is_statute(name, int(match["year"]), text[max(0, match.start() - BEHIND) : match.end() + 40]):
            continue
        if NO_STATUTE.search(text[max(0, match.start() - BEHIND) : match.start()]):
            continue
        kind = "Bộ luật" if match["kind"].lower() == "bộ luật" else "Luật"
        whole = " ".join(expand_abbreviation(word) for word in name.split())
        rest = whole[1:].lower() if name.isupper() and " " in name else whole[1:]
        cited = f"{kind} {whole[0].upper()}{rest} {match['year']}"
        number = document_codes().laws.get(cited.lower(), cited)
        yield match.start(), DocumentRef(number, kind, "Quốc hội")


def _is_statute(name: str, year: int, around: str) -> bool:
    """Whether words behind `Luật` are a law's name, and it may be one of Việt Nam's."""
    named = name[0].isupper() and len(name.split()) <= 10 and not NO_LAW.search(name)
    return named and year >= OLDEST and not FOREIGN.search(around)

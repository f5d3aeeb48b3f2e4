"""Finds the legal documents a text cites: `Nghị quyết số 02-NQ/TW ngày 12/6/2021 của Bộ Chính trị`."""

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

LEGAL_DOCUMENTS_FILE = Path(__file__).with_name("legal_documents.toml")
# A running number, a year where there is one, then codes: `145/2020/NĐ-CP`, `02 – NQ/TW`, `20a/NQ-BCH`.
DOCUMENT_NUMBER = re.compile(
    r"(?<![\w/.,:–-])(\d{1,5}(?:\s?[a-zđA-ZĐ](?=\s?[/–-]))?)(\s?/\s?(?:19|20)\d\d)?(?:\s?/\s?|\s?[-–]\s?)"
    r"([^\W\d_]{2,10}(?:(?<=QH)\s)?\d{0,2}(?!\w)(?:\s?[-–/&]\s?[^\W\d_]{1,10}(?:(?<=QH)\s)?\d{0,2}(?!\w))*)"
)
# Laws by name and year: `Luật Công đoàn năm 2024`, `Bộ luật Lao động (sửa đổi) 2019`.
LAW_BY_NAME = re.compile(
    r"(?<!\w)(?P<kind>(?i:Bộ luật)|Luật|LUẬT)\s+(?P<name>[^\W\d_][^\d.;:()\n“”\"]{1,60}?)\s*"
    r"(?:\((?:sửa đổi|SỬA ĐỔI)[^()]*\)\s*)?"
    r"\s(?:năm\s+|NĂM\s+)?(?P<year>(?:19|20)\d\d)(?![\w/.-]*\w)"
)
NOT_IN_LAW_NAME = re.compile(
    r"(?i)(?<!\w)(?:được|các|những|do|có|đã|sẽ|từ|trong|vào|ngày|tháng|của|cho|ban hành|theo|tại|là|khi|"
    r"với|số|đến|như|này|bắt đầu|áp dụng|thông qua)(?!\w)"
)
NOT_BEFORE_LAW = re.compile(
    r"(?i)(?:công ty|văn phòng|đại học|trường|khoa|ngành|cử nhân|thạc sĩ|kỷ|dự thảo|dự án|câu lạc bộ)\s+$|"
    r"công ước[^.;]*$"
)
PREFIX_SO = re.compile(r"(?i)\s+(?:số|sô)?\s*:?\s*$")
LAW_BEFORE_NUMBER = re.compile(
    r"(?i)(?<!\w)(?P<kind>Bộ luật|Luật|Pháp lệnh)\s+[^\d.;:()\n]{2,70}?\s+số\s*:?\s*$"
)
DAY_AFTER_NUMBER = re.compile(
    r"(?i)^[\s,(]{0,3}(?:ban hành|được ban hành|ký)?\s*(?:ngày|,)?\s*(\d{1,2})\s?"
    r"(?:[/.–-]\s?(\d{1,2})\s?[/.–-]\s?|"
    r"tháng\s+(\d{1,2})\s+năm\s+)((?:19|20)\d\d)(?!\d)\)?"
)
ISSUER_AFTER_NUMBER = re.compile(r"(?i)^[\s,)]{0,3}(?:của|do)\s+")
FOREIGN_COUNTRY = re.compile(
    r"(?<!\w)(?:Mỹ|Hoa Kỳ|Nhật Bản|Hàn Quốc|Trung Quốc|Đài Loan|Thái Lan|Campuchia|Indonesia|Malaysia|"
    r"Philippines|Úc|Nga|châu Âu|EU|Liên [Hh]ợp [Qq]uốc)(?!\w)"
)
FIRST_LAW_YEAR = 1986  # of a law cited by name; older ones are seldom Vietnamese
CHARS_BEFORE_NUMBER, CHARS_AFTER_NUMBER = 90, 160  # searched around a number

LocalIssuer = Callable[[str], tuple[str, int] | None]


@dataclass(frozen=True, slots=True)
class DocumentCodes:
    """The tables of `legal_documents.toml`, compiled."""

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
    """Load the tables of `legal_documents.toml`."""
    tables = tomllib.loads(LEGAL_DOCUMENTS_FILE.read_text(encoding="utf-8"))
    kinds = {name.lower(): name for name in tables["words"]["names"]}
    forms = {form.lower(): body for body, forms in tables["bodies"].items() for form in forms}
    return DocumentCodes(
        types=tables["types"],
        also={code: tuple(names) for code, names in tables["also"].items()},
        doubtful=tables["ambiguous"],
        issuers=tables["issuers"],
        federations=frozenset(tables["federation"]["codes"]),
        signs=frozenset((*tables["issuers"], *tables["federation"]["codes"], *tables["further"]["codes"])),
        laws={name.lower(): number for name, number in tables["laws"].items()},
        kinds=kinds,
        kind_before=re.compile(rf"(?i)(?<!\w)({_alternatives(kinds)})$"),
        bodies=forms,
        body=re.compile(rf"(?i)({_alternatives(forms)})(?!\w)"),
    )


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def find_cited_documents(
    texts: Iterable[str], federation: str | None = None, local: LocalIssuer = lambda _: None
) -> tuple[DocumentRef, ...]:
    """Return the documents the texts cite, in order, each once; a later mention adds fields the first lacks.

    `federation` is the body that numbers of any federation (`589/QĐ-LĐLĐ`) are taken to be of;
    `local` finds the local body whose name a text begins with, and where the name ends. A law cited by name
    and year alone gets its number from the tables, else name and year in its place.
    """
    documents: dict[tuple[str, str | None], DocumentRef] = {}
    for text in texts:
        for document in _documents_in(text, federation, local):
            number = document.number.upper()
            key = next(
                (key for key in documents if key[0] == number and _may_be_same_type(key[1], document.type)),
                None,
            )
            if key:
                documents[key] = _completed_by(documents[key], document)
            else:
                documents[number, document.type] = document
    return tuple(documents.values())


def _may_be_same_type(kind: str | None, other: str | None) -> bool:
    """Return if two kinds may be of one document: a law and a resolution share number 100/2015/QH13."""
    return (
        kind is None
        or other is None
        or kind.lower().endswith(other.lower())
        or other.lower().endswith(kind.lower())
    )


def _completed_by(document: DocumentRef, mention: DocumentRef) -> DocumentRef:
    return replace(
        document,
        type=document.type or mention.type,
        issuer=document.issuer or mention.issuer,
        day=document.day or mention.day,
    )


def _documents_in(text: str, federation: str | None, local: LocalIssuer) -> list[DocumentRef]:
    """Return the documents one text cites, in order."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = text.replace("Ð", "Đ")  # eth, which looks the same
    numbered = [
        (match.start(), _numbered_document(text, match, federation, local))
        for match in DOCUMENT_NUMBER.finditer(text)
    ]
    documents = [(start, document) for start, document in numbered if document]
    if "uật" in text or "UẬT" in text:
        documents += _laws_by_name(text)
    return [
        document for _, document in sorted(documents, key=lambda place_and_document: place_and_document[0])
    ]


def _numbered_document(
    text: str, match: re.Match[str], federation: str | None, local: LocalIssuer
) -> DocumentRef | None:
    codes = document_codes()
    before = text[max(0, match.start() - CHARS_BEFORE_NUMBER) : match.start()]
    kind, numbered = _kind_before(before)
    parts, end = _number_codes(match)
    year = match[2] is not None
    signs = [_code_of(part) for part in parts]
    is_sure = len(parts) > 1 and any(sign in codes.types for sign in signs)
    is_sure = is_sure or (year and any(sign in codes.issuers or sign in codes.doubtful for sign in signs))
    is_capital = parts[0][0].isupper()
    if not (is_sure or (kind and (is_capital or numbered))) or not (is_capital or kind or numbered):
        return None
    if before.rstrip().endswith("/"):
        return None  # the tail of a number that matched only in part
    day, issuer = _day_and_issuer_after(text[end : end + CHARS_AFTER_NUMBER], local)
    number = re.sub(r"\s+", "", text[match.start() : end]).replace("–", "-")
    return DocumentRef(
        number=number if is_capital else number.upper(),
        type=_kind_of(signs, kind, before) or kind,
        issuer=issuer or _issuer_of(signs, federation),
        day=day,
    )


def _code_of(part: str) -> str:
    return part.upper().rstrip("0123456789 ")


def _number_codes(match: re.Match[str]) -> tuple[list[str], int]:
    """Return the codes of a number and where it ends: after a spaced dash only a known code continues it."""
    codes = document_codes()
    parts: list[str] = []
    end = match.start(3)
    loose = " " in match[0][: end - match.start()]
    for piece in re.finditer(r"(\s?[-–/&]\s?)?([^\W_]+(?:\s\d+)?)", match[3]):
        spaced = piece[1] is not None and piece[1] != piece[1].strip()
        if spaced and not _continues_number(parts, piece[2], codes, loose):
            break
        parts.append(piece[2])
        end = match.start(3) + piece.end()
    return parts, end


def _continues_number(parts: list[str], piece: str, codes: DocumentCodes, loose: bool) -> bool:
    """Return whether a piece behind a spaced dash is still the number: `1058 / QĐ - TTg`, no sentence.

    `loose`: the number was written with spaces before.
    """
    if _code_of(piece) in codes.signs and not (parts and _code_of(parts[-1]) in codes.signs):
        return piece.isupper() or piece == "TTg"
    if loose and _code_of(piece) in codes.types:
        return True  # `72 / KL - TTr`
    return piece.isupper() and (loose or all(_code_of(part) in codes.types for part in parts))


def _kind_before(before: str) -> tuple[str | None, bool]:
    """Return the kind of document named right before a number, and whether `số` is between."""
    codes = document_codes()
    gap = PREFIX_SO.search(before)
    if not gap:
        return None, False
    kind_match = codes.kind_before.search(before[: gap.start()])
    return (codes.kinds[" ".join(kind_match[1].lower().split())] if kind_match else None), "s" in gap[
        0
    ].lower()


def _kind_of(signs: list[str], named_kind: str | None, before: str) -> str | None:
    """Return the kind by word and code; where they differ the code is right, unless it means both."""
    codes = document_codes()
    sign = next((sign for sign in signs if sign in codes.types), None)
    if sign:
        return named_kind if named_kind in codes.also.get(sign, ()) else codes.types[sign]
    if named_kind is None and "QH" in signs and (law := LAW_BEFORE_NUMBER.search(before)):
        return codes.kinds[law["kind"].lower()]
    doubtful = next((codes.doubtful[sign] for sign in signs if sign in codes.doubtful), None)
    return doubtful if named_kind in (None, "Văn bản") else named_kind


def _issuer_of(signs: list[str], federation: str | None) -> str | None:
    codes = document_codes()
    if "TTLT" in signs and not all(sign in codes.issuers for sign in signs if sign != "TTLT"):
        return None  # a joint circular, of which some body is unknown
    bodies = dict.fromkeys(codes.issuers[sign] for sign in signs if sign in codes.issuers)
    if bodies:
        return ", ".join(bodies)
    return federation if any(sign in codes.federations for sign in signs) else None


def _day_and_issuer_after(after_number: str, local: LocalIssuer) -> tuple[Day | None, str | None]:
    """Return the day and the issuer printed behind a number, in either order."""
    issuer = _issuer_after(after_number, local)
    if issuer:
        after_number = after_number[issuer[1] :]
    day_match = DAY_AFTER_NUMBER.match(after_number)
    day = _document_day(day_match) if day_match else None
    if day_match and issuer is None:
        issuer = _issuer_after(after_number[day_match.end() :], local)
    return day, issuer[0] if issuer else None


def _issuer_after(after_number: str, local: LocalIssuer) -> tuple[str, int] | None:
    codes = document_codes()
    if not (issued_match := ISSUER_AFTER_NUMBER.match(after_number)):
        return None
    body_match = codes.body.match(after_number, issued_match.end())
    if body_match:
        return codes.bodies[body_match[1].lower()], body_match.end()
    local_issuer = local(after_number[issued_match.end() :])
    return (local_issuer[0], issued_match.end() + local_issuer[1]) if local_issuer else None


def _document_day(day_match: re.Match[str]) -> Day | None:
    try:
        return Day(int(day_match[4]), int(day_match[2] or day_match[3]), int(day_match[1]))
    except ValueError:
        return None


def _laws_by_name(text: str) -> Iterator[tuple[int, DocumentRef]]:
    for match in LAW_BY_NAME.finditer(text):
        law_name = " ".join(match["name"].split())
        if not _is_statute(
            law_name, int(match["year"]), text[max(0, match.start() - CHARS_BEFORE_NUMBER) : match.end() + 40]
        ):
            continue
        if NOT_BEFORE_LAW.search(text[max(0, match.start() - CHARS_BEFORE_NUMBER) : match.start()]):
            continue
        kind = "Bộ luật" if match["kind"].lower() == "bộ luật" else "Luật"
        full_name = " ".join(expand_abbreviation(word) for word in law_name.split())
        name_rest = full_name[1:].lower() if law_name.isupper() and " " in law_name else full_name[1:]
        cited_law = f"{kind} {full_name[0].upper()}{name_rest} {match['year']}"
        number = document_codes().laws.get(cited_law.lower(), cited_law)
        yield match.start(), DocumentRef(number, kind, "Quốc hội")


def _is_statute(law_name: str, year: int, around: str) -> bool:
    """Return whether words behind `Luật` are a law's name, and it may be a Vietnamese law."""
    is_law_name = (
        law_name[0].isupper() and len(law_name.split()) <= 10 and not NOT_IN_LAW_NAME.search(law_name)
    )
    return is_law_name and year >= FIRST_LAW_YEAR and not FOREIGN_COUNTRY.search(around)

r"""Score: one reader's answers held against the truth, field by field; each measure is defined here once.

| field | counted on | right |
|---|---|---|
| title | every article | the same text (spaces, letter case and Unicode form aside) |
| lead | every article | the same text or rightly none, and it does not stand in the body too |
| body | every article | F1 of the words (`\w+`, as a multiset); the better of body and lead + body |
| day, time, zone | where the page prints it | equal |
| author | every article | equal or rightly none |
| unit, photographer, tags, files | where the page prints it or the reader gives one | equal |
| section | where the page prints it | the whole trail |
| captions | every caption in truth or answer | address of the image and its text, the credit aside |
| updated | where the page prints it | the day |
| refused | pages that show no article | the reader says so |
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.reading.answers import Answer, plain
from benchmarks.reading.gold import GoldPage, Truth

SHARES = (
    "title",
    "lead",
    "body",
    "day",
    "time",
    "zone",
    "author",
    "unit",
    "photographer",
    "section",
    "tags",
    "captions",
    "files",
    "updated",
    "refused",
)
ATTRIBUTE = {"zone": "offset"}
FAULTS = ("swapped", "invented", "decoys")
WORDS = re.compile(r"\w+")
PREFIX = re.compile(r"^\([^()]{2,12}\)\s*[-–]?\s*")  # of the press, before a lead
CREDIT = re.compile(r"[\s.;,–-]*\(?(?:ảnh|nguồn)\s*:[^()]{1,60}\)?\.?$")  # may stand apart
OPENING = 60  # characters of a lead that must not stand in the body
DATES = re.compile(r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})(?:\s?[/.-]\s?(\d{4}))?(?!\d)")
WRITTEN = re.compile(r"ngày (\d{1,2}) tháng (\d{1,2})(?: năm (\d{4}))?", re.IGNORECASE)


@dataclass(slots=True)
class Score:
    """Of one reader over some pages: each field's marks (0–1), and how often it was fooled by a date."""

    pages: int = 0
    marks: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SHARES})
    faults: Counter[str] = field(default_factory=Counter)
    given: set[str] = field(default_factory=set)  # fields that it gave a value of at all
    errors: int = 0
    cpu_ms: float = 0.0
    wrong: list[str] = field(default_factory=list)  # one line a wrong field

    def share(self, name: str) -> float | None:
        """The mean mark of a field; None where no page had it."""
        marks = self.marks[name]
        return sum(marks) / len(marks) if marks else None

    @property
    def cpu(self) -> float:
        """CPU ms a page."""
        return self.cpu_ms / self.pages if self.pages else 0.0

    def figures(self) -> dict[str, float]:
        """Shares of the fields that were counted, and the number of each fault."""
        shares = {name: share for name in SHARES if (share := self.share(name)) is not None}
        return {**shares, **{name: float(self.faults[name]) for name in FAULTS}}


def score(pages: Iterable[GoldPage], answers: Mapping[str, Answer], *, generous: bool = False) -> Score:
    """Every page's answer against its truth; `generous` takes one of several authors or sections for right.

    Raises KeyError when a page has no answer.
    """
    found = Score()
    for page in pages:
        answer = answers[page.ident]
        found.pages += 1
        found.given |= {name for name in SHARES if getattr(answer, ATTRIBUTE.get(name, name), None)}
        found.cpu_ms += answer.cpu_ms
        found.errors += answer.error is not None and answer.article
        if page.truth is None:
            found.marks["refused"].append(float(not answer.article or not answer.body))
            continue
        _note(found, page, page.truth, answer, generous)
    return found


def _note(found: Score, page: GoldPage, truth: Truth, answer: Answer, generous: bool) -> None:
    for name, mark in _marks(truth, answer, generous):
        found.marks[name].append(mark)
        if mark < (0.95 if name == "body" else 1):
            found.wrong.append(f"{page.ident} {page.url} {name} {mark:.3f}: {_shown(answer, name)}")
    for fault in _faults(truth, answer):
        found.faults[fault] += 1
        found.wrong.append(f"{page.ident} {page.url} {fault}: {answer.day}, in truth {truth.day}")


def _shown(answer: Answer, name: str) -> str:
    told = {"zone": answer.offset, "body": answer.body[:80]}
    return repr(told.get(name, getattr(answer, name, None)))[:200]


def _marks(truth: Truth, answer: Answer, generous: bool) -> Iterator[tuple[str, float]]:
    yield "title", float(plain(truth.title) == plain(answer.title))
    yield "lead", float(lead_right(truth, answer))
    yield "body", body_f1(answer.body, truth)
    yield from _date_marks(truth, answer)
    yield "author", float(_names_right(truth.author, answer.author, generous))
    if truth.section:
        yield "section", float(_trail_right(truth.section, answer.section, generous))
    yield from _optional_marks(truth, answer)
    yield from (("captions", mark) for mark in _caption_marks(truth, answer))


def _date_marks(truth: Truth, answer: Answer) -> Iterator[tuple[str, float]]:
    if truth.day:
        yield "day", float(truth.day == answer.day)
    if truth.time:
        yield "time", float((truth.day, truth.time) == (answer.day, answer.time))
    if truth.offset is not None:
        yield "zone", float((truth.day, truth.offset) == (answer.day, answer.offset))
    if truth.updated:
        yield "updated", float(truth.updated == answer.updated)


def _optional_marks(truth: Truth, answer: Answer) -> Iterator[tuple[str, float]]:
    """Fields that most pages lack: counted where the page prints one or the reader gives one."""
    for name in ("unit", "photographer"):
        told, had = getattr(truth, name), getattr(answer, name)
        if told or had:
            yield name, float(plain(told) == plain(had))
    for name in ("tags", "files"):
        told, had = getattr(truth, name), getattr(answer, name)
        if told or had:
            yield name, float(set(map(plain, told)) == set(map(plain, had)))


def words(text: str) -> Counter[str]:
    """The words of a text and how often each stands in it."""
    return Counter(WORDS.findall(plain(text)))


def body_f1(read: str, truth: Truth) -> float:
    """F1 of the words; a reader that leaves the lead in the body loses there, not here."""
    alone = _f1(words(read), words("\n".join(truth.body)))
    if not truth.lead or alone == 1:
        return alone
    return max(alone, _f1(words(read), words("\n".join((truth.lead, *truth.body)))))


def _f1(read: Counter[str], true: Counter[str]) -> float:
    total = read.total() + true.total()
    return 2 * (read & true).total() / total if total else 1.0


def lead_right(truth: Truth, answer: Answer) -> bool:
    """The lead for itself, with or without its press prefix, and not once more in the body."""
    had = PREFIX.sub("", plain(answer.lead))
    if truth.lead is None:
        return not had
    told = plain(truth.lead)
    return had == told and told[:OPENING] not in plain(answer.body)


def _names_right(truth: str | None, had: str | None, generous: bool) -> bool:
    told, given = plain(truth), plain(had)
    return told == given or (generous and bool(told) and told in given.split(", "))


def _trail_right(truth: tuple[str, ...], had: tuple[str, ...], generous: bool) -> bool:
    told, given = [plain(name) for name in truth], [plain(name) for name in had]
    return told == given or (generous and told[-1] in given)


def _caption_marks(truth: Truth, answer: Answer) -> list[float]:
    placed = all(url for url, _ in truth.captions)  # a page labelled by hand names no addresses
    told = {(url if placed else "", _caption(text)) for url, text in truth.captions}
    had = {(url if placed else "", _caption(text)) for url, text in answer.captions}
    return [float(caption in had) for caption in sorted(told)] + [0.0] * len(had - told)


def _caption(text: str) -> str:
    return CREDIT.sub("", plain(text)).strip(" .")


def _faults(truth: Truth, answer: Answer) -> Iterator[str]:
    """How a wrong day came about: day and month exchanged; none printed; out of the text, or off a clock."""
    if answer.day is None or answer.day == truth.day:
        return
    year, month, day = answer.day.split("-")
    if truth.day == f"{year}-{day}-{month}":
        yield "swapped"
    if truth.day is None:
        yield "invented"
    if answer.day == truth.clock or answer.day in _days_in(truth):
        yield "decoys"


def _days_in(truth: Truth) -> set[str]:
    """Every day the text names: events, cited documents; without a year that of the article."""
    text = "\n".join((truth.title, truth.lead or "", *truth.body))
    found = set()
    for day, month, year in [*DATES.findall(text), *WRITTEN.findall(text)]:
        for when in [year] if year else [(truth.day or "")[:4]]:
            found.add(f"{when}-{int(month):02d}-{int(day):02d}")
    return found

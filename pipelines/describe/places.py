"""Situate: which unit of the country an article is about, by what it names, else by whose site it is on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from functools import cache

from spiders.profile.site_profile import SiteProfile
from storage.gazetteer import names
from storage.gazetteer.units import REFORM, Unit, all_units, unit_key_on
from storage.records import FieldSource

KINDS = {
    "tỉnh": "tỉnh",
    "tỉnh ủy": "tỉnh",
    "tỉnh uỷ": "tỉnh",
    "huyện": "huyện",
    "huyện ủy": "huyện",
    "huyện uỷ": "huyện",
    "quận": "quận",
    "quận ủy": "quận",
    "quận uỷ": "quận",
    "thị xã": "thị xã",
    "thị ủy": "thị xã",
    "tx": "thị xã",
    "thành phố": "thành phố",
    "thành ủy": "thành phố",
    "thành uỷ": "thành phố",
    "tp": "thành phố",
    "xã": "xã",
    "phường": "phường",
    "đặc khu": "đặc khu",
}
KIND = re.compile(
    r"(?i)(?<!\w)((?:tỉnh|huyện|quận|thành)(?:\s+(?:ủy|uỷ))|thị\s+(?:ủy|xã)|tỉnh|huyện|quận|thành\s+phố|xã|phường|"
    r"đặc\s+khu|tp|tx)\.?\s*(?=[^\W_])"
)
UNION = re.compile(r"(?i)(?<!\w)(?:lđlđ|liên\s+đoàn\s+lao\s+động)\s+(?=[^\W_])")
# What before a name makes it a body's: `LĐLĐ huyện`, `Công đoàn ngành Y tế tỉnh`, `CĐCS …, TP`.
BODY = re.compile(
    r"(?i)(?<!\w)(?:(?:lđlđ|liên đoàn lao động)|(?:công đoàn|cđ|cđcs)(?:\s+(?:ngành|cơ sở|các|khu|viên chức|"
    r"giáo dục|y tế|công nghiệp|chế xuất|kinh tế|và|(?-i:[A-ZĐ])\w*)){0,6})\s*$"
)
KIND_BEFORE = re.compile(
    r"(?i)(?<!\w)(?:tỉnh|huyện|quận|thị\s+xã|thành\s+phố|xã|phường|thị\s+trấn|đặc\s+khu|tp|tx|[uủ][yỷ])\.?\s*$"
)
NOT_HERE = re.compile(
    r"(?i)(?<!\w)(?:(?:nguyên |quê )?quán(?:\s+(?:ở|tại))?|quê(?:\s+(?:ở|tại|gốc))?|người gốc|gốc|"
    r"sinh (?:ra )?(?:tại|ở)|đến từ|đường|phố|cầu|sông|đặc sản|trận|chiến dịch)\s*:?\s*$"
)
ABROAD = re.compile(r"(?i)^\W{0,3}(?:của\s+)?(?:trung quốc|lào|campuchia|hàn quốc|đài loan)(?!\w)")
BESIDE = re.compile(r"(?i)^\s?[,(–-]?\s?\(?(?:thuộc\s+)?(?:tỉnh\s+|thành\s+phố\s+|tp\.?\s*)?(?=[^\W_])")
FURTHER = re.compile(r"(?i)\s?(?:,|;|và|với)\s+(?=[^\W_])")
GAPS = frozenset((" ", " - ", " – ", "-", "–", "'", "’", ". ", "."))  # within a name
HEADED = re.compile(r"^(?P<name>[^:.()]{2,45}?)\s?(?::|\s[-–])\s")
WORD = re.compile(r"[^\W_]+")
OWNED = frozenset(
    ("province", "district", "ward", "grassroots", "office")
)  # a site of such a level has a place
NAMELESS = frozenset(("hồ chí minh", "hcm", "hn"))  # a person, and letters: places only behind their kind
HEAD = 700  # characters of a text that are looked at


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A unit a text names."""

    key: str
    raw: str  # the words that name it
    body: bool  # as part of a union body's name
    start: int


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """Which unit an article is about, and by what."""

    key: str
    source: FieldSource
    rule: str
    raw: str


@dataclass(frozen=True, slots=True)
class PlaceEvidence:
    """What an article says of where it plays."""

    title: str
    lead: str  # or the first paragraph
    paragraphs: Sequence[str] = ()
    signed: str | None = None  # the office in its byline
    section: Sequence[str] = ()
    day: Day | None = None  # of publication
    borrowed: bool = False  # taken from another publication: the site's own place says nothing then


def locate_article(told: PlaceEvidence, profile: SiteProfile) -> PlaceResult | None:
    """The unit an article is about as it was on its day; None where the text names several or none.

    First what title and lead name, then the byline's office, the section, on sites without a place of
    their own the first paragraphs; last the site's own place, unless the text was taken from elsewhere.
    """
    home = site_unit(profile)
    reader = PlaceFinder(home, told.day)
    if found := _headline(told, reader):
        return found
    steps: list[tuple[str, list[PlaceMention]]] = [
        ("byline", reader.named(told.signed or "")),
        ("section", [each for name in told.section for each in reader.named(name)]),
    ]
    if home is None or profile.level not in OWNED:
        steps.append(("first paragraphs", _near_events(told, reader)))
    for rule, mentions in steps:
        if key := common_unit(each.key for each in mentions):
            return PlaceResult(key, FieldSource.TEXT, rule, mentions[0].raw)
        if mentions:
            return None
    if home is None or profile.level not in OWNED or told.borrowed:
        return None
    return PlaceResult(reader.at(home), FieldSource.PROFILE, "the site's own place", profile.place or "")


def _near_events(told: PlaceEvidence, reader: PlaceFinder) -> list[PlaceMention]:
    """What the first paragraphs name, when that is a district or a union body.

    A province alone is named there for too many reasons: somebody's constituency, a newspaper, a university.
    """
    mentions = [each for text in told.paragraphs[:2] for each in reader.named(text)]
    return mentions if any(each.body or "/" in each.key for each in mentions) else []


def _headline(told: PlaceEvidence, reader: PlaceFinder) -> PlaceResult | None:
    """What title and lead name: all of it, else the union bodies among it, else the title's alone."""
    title = _spoken(told.title)
    in_title = [*reader.headed(title), *reader.named(title), *reader.bare(title)]
    in_lead = [*reader.named(told.lead), *reader.bare(told.lead)]
    bodies = [each for each in (*in_title, *in_lead) if each.body]
    ways = (
        ("title and lead", in_title + in_lead),
        ("union body in title or lead", bodies),
        ("union body in lead", [each for each in in_lead if each.body]),
        ("title", in_title),
    )
    for rule, mentions in ways:
        if key := common_unit([each.key for each in mentions]):
            best = next((each for each in mentions if each.key == key), mentions[0])
            return PlaceResult(key, FieldSource.TEXT, rule, best.raw)
    own = reader.at(reader.home) if reader.home else None
    if own and any(each.key.split("/")[0] == own.split("/")[0] for each in in_title + in_lead):
        return PlaceResult(own.split("/")[0], FieldSource.TEXT, "the site's own among several", own)
    return None


def common_unit(keys: Iterable[str]) -> str | None:
    """The one unit that several mentions come to: the smallest, or the province they share."""
    wanted = set(keys)
    provinces = {key.partition("/")[0] for key in wanted}
    if len(provinces) != 1:
        return None
    smaller = {key for key in wanted if "/" in key}
    return smaller.pop() if len(smaller) == 1 else provinces.pop()


def _spoken(title: str) -> str:
    """A title set in capitals as one that is not."""
    return WORD.sub(lambda word: word[0].capitalize(), title) if title.isupper() else title


def site_unit(profile: SiteProfile) -> str | None:
    """Key of the unit a site belongs to; None for one of the whole country."""
    return _home(profile.place, profile.level, profile.owner or profile.name)


@cache
def _home(place: str | None, level: str, owner: str) -> str | None:
    if place is None or place not in all_units():
        return None
    if level != "district":
        return place
    found = {each.key for each in PlaceFinder(place, None).named(owner) if each.key.startswith(f"{place}/")}
    return found.pop() if len(found) == 1 else place


@dataclass(frozen=True, slots=True)
class PlaceFinder:
    """Finds the units a text names, seen from a site's home on a day."""

    home: str | None
    day: Day | None

    def at(self, key: str) -> str:
        """What the unit was on the day."""
        return unit_key_on(key, self.day) if self.day else key

    def named(self, text: str) -> list[PlaceMention]:
        """Units named with their kind, or behind `LĐLĐ`, in order."""
        text = text[:HEAD]
        found = [each for match in KIND.finditer(text) for each in self._kind(text, match)]
        found += [each for match in UNION.finditer(text) for each in self._several(text, match, None)]
        return sorted(found, key=lambda each: each.start)

    def bare(self, text: str) -> list[PlaceMention]:
        """Provinces named without their kind, where nothing around makes them something else."""
        text = text[:HEAD]
        found = []
        for match in _provinces().finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            spoken = NOT_HERE.search(before[-40:]) or KIND_BEFORE.search(before[-20:])
            if _alone(before, after) and not spoken and not ABROAD.match(after):
                key = self.at(_province_called(match[0]))
                found.append(PlaceMention(key, match[0], bool(BODY.search(before[-60:])), match.start()))
        return found

    def headed(self, title: str) -> list[PlaceMention]:
        """The unit before a title's colon: `Ba Bể: Trao quà`."""
        match = HEADED.match(title)
        if not match or KIND.search(match["name"]) or UNION.search(match["name"]):
            return []
        chosen = self._choose(_unspecified(names.units_named(match["name"])), None)
        return [PlaceMention(chosen, match["name"], False, 0)] if chosen else []

    def _kind(self, text: str, match: re.Match[str]) -> list[PlaceMention]:
        kind = KINDS[" ".join(match[1].lower().split())]
        if kind in names.COMMUNE_KINDS and (self.day is None or self.day < REFORM):
            return []  # a commune of then: the district beside it is named, or it is unknown here
        return self._several(text, match, kind)

    def _several(self, text: str, match: re.Match[str], kind: str | None) -> list[PlaceMention]:
        """The unit named behind `huyện`, and those that follow it in a list."""
        before = text[: match.start()]
        if NOT_HERE.search(before[-40:]):
            return []
        body = kind is None or bool(BODY.search(before[-60:]))
        found: list[PlaceMention] = []
        start, read = match.start(), _read(text, match.end(), kind)
        while read:
            called, end = read
            chosen = self._choose(called, _province_beside(text[end : end + 60]))
            if chosen and not ABROAD.match(text[end : end + 30]):
                found.append(PlaceMention(chosen, text[start:end], body, start))
            further = FURTHER.match(text, end)
            read = _read(text, further.end(), kind) if further else None
            start = further.end() if further else end
            if read and "/" in called[0].key and "/" not in read[0][0].key:
                read = None  # `huyện Ba Bể, Bắc Kạn`: the province it lies in
        return found

    def _choose(self, found: Sequence[Unit], beside: str | None) -> str | None:
        """The one of several units that is meant: in the province beside, else in the site's own."""
        known = [each for each in found if self.day is None or each.since is None or each.since <= self.day]
        if beside and any("/" in each.key for each in known):
            return self._only(each for each in known if self._lies_in(each, beside))
        at_home = [each for each in known if self.home and self._lies_in(each, self.home)]
        if at_home:
            return self._only(at_home)
        if any(each.kind in names.COMMUNE_KINDS for each in known):
            return None  # thousands of communes share their names: only beside a province, or at home
        return self._only(known)

    def _lies_in(self, each: Unit, province: str) -> bool:
        there = province.partition("/")[0]
        if each.since is not None and self.day:
            there = unit_key_on(there, self.day)
        return each.province == there

    def _only(self, found: Iterable[Unit]) -> str | None:
        return common_unit(self.at(each.key) for each in found)


def _read(text: str, start: int, kind: str | None) -> tuple[tuple[Unit, ...], int] | None:
    """The longest name of a unit that begins at `start`, and where it ends."""
    for end in reversed(_ends(text, start)):
        called = names.units_named(text[start:end])
        if found := names.units_of_kind(called, kind) if kind else _unspecified(called):
            return found, end
    return None


def _unspecified(called: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """What a name means without its kind: the province before the town of its name, no commune."""
    older = tuple(each for each in called if each.since is None)
    return tuple(each for each in older if "/" not in each.key) or older


def _ends(text: str, start: int) -> list[int]:
    """Where a name that begins at `start` may end: after each of its capitalised words."""
    ends: list[int] = []
    for word in WORD.finditer(text, start, start + 40):
        gap = text[ends[-1] if ends else start : word.start()]
        capital = word[0][0].isupper() or word[0].isdigit() or gap in ("'", "’")
        if not capital or gap not in (GAPS if ends else ("",)) or len(ends) >= names.MAX_NAME_WORDS:
            break
        ends.append(word.end())
    return ends


def _province_beside(after: str) -> str | None:
    match = BESIDE.match(after)
    read = _read(after, match.end(), "tỉnh") if match else None
    return read[0][0].key if read else None


def _alone(before: str, after: str) -> bool:
    """False for a part of a longer name: `Nguyễn Thái Bình`, `Thái Bình Dương`; `LĐLĐ Bắc Kạn` is none."""
    last = before[:-1].rpartition(" ")[2] if before.endswith(" ") else ""
    behind = WORD.match(after, 1) if after[:1] == " " else None
    longer = (
        bool(re.match(r"[^\W\d_]", last)) and last[0].isupper() and not last.isupper() and last[-1].isalpha()
    )
    return not longer and not (behind and behind[0][0].isupper())


@cache
def _provinces() -> re.Pattern[str]:
    spelled = {
        name for each in all_units().values() if "/" not in each.key for name in (each.name, *each.aliases)
    }
    wanted = sorted((name for name in spelled if name.lower() not in NAMELESS), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})(?!\w)")


@cache
def _province_called(name: str) -> str:
    return next(each.key for each in names.units_named(name) if "/" not in each.key)

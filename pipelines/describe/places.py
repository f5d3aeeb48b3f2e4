"""Locates an article: the administrative unit it is about, by the places it names, else by its site."""

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

UNIT_KINDS = {
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
UNIT_KIND = re.compile(
    r"(?i)(?<!\w)((?:tỉnh|huyện|quận|thành)(?:\s+(?:ủy|uỷ))|thị\s+(?:ủy|xã)|tỉnh|huyện|quận|thành\s+phố|xã|phường|"
    r"đặc\s+khu|tp|tx)\.?\s*(?=[^\W_])"
)
UNION_BEFORE_NAME = re.compile(r"(?i)(?<!\w)(?:lđlđ|liên\s+đoàn\s+lao\s+động)\s+(?=[^\W_])")
# Words that make the place name behind them part of a union body's name: `LĐLĐ huyện`,
# `Công đoàn ngành Y tế tỉnh`, `CĐCS …, TP`.
UNION_BODY_BEFORE = re.compile(
    r"(?i)(?<!\w)(?:(?:lđlđ|liên đoàn lao động)|(?:công đoàn|cđ|cđcs)(?:\s+(?:ngành|cơ sở|các|khu|viên chức|"
    r"giáo dục|y tế|công nghiệp|chế xuất|kinh tế|và|(?-i:[A-ZĐ])\w*)){0,6})\s*$"
)
KIND_BEFORE = re.compile(
    r"(?i)(?<!\w)(?:tỉnh|huyện|quận|thị\s+xã|thành\s+phố|xã|phường|thị\s+trấn|đặc\s+khu|tp|tx|[uủ][yỷ])\.?\s*$"
)
NO_PLACE_BEFORE = re.compile(
    r"(?i)(?<!\w)(?:(?:nguyên |quê )?quán(?:\s+(?:ở|tại))?|quê(?:\s+(?:ở|tại|gốc))?|người gốc|gốc|"
    r"sinh (?:ra )?(?:tại|ở)|đến từ|đường|phố|cầu|sông|đặc sản|trận|chiến dịch)\s*:?\s*$"
)
FOREIGN_COUNTRY_AFTER = re.compile(
    r"(?i)^\W{0,3}(?:của\s+)?(?:trung quốc|lào|campuchia|hàn quốc|đài loan)(?!\w)"
)
PROVINCE_BESIDE = re.compile(
    r"(?i)^\s?[,(–-]?\s?\(?(?:thuộc\s+)?(?:tỉnh\s+|thành\s+phố\s+|tp\.?\s*)?(?=[^\W_])"
)
NEXT_IN_LIST = re.compile(r"(?i)\s?(?:,|;|và|với)\s+(?=[^\W_])")
GAPS_IN_NAME = frozenset((" ", " - ", " – ", "-", "–", "'", "’", ". ", "."))  # within a name
PLACE_HEADING = re.compile(r"^(?P<name>[^:.()]{2,45}?)\s?(?::|\s[-–])\s")
WORD = re.compile(r"[^\W_]+")
LEVELS_WITH_PLACE = frozenset(
    ("province", "district", "ward", "grassroots", "office")
)  # a site of such a level has a place
ONLY_WITH_KIND = frozenset(
    ("hồ chí minh", "hcm", "hn")
)  # a person's name, and letters: places only behind their kind
MAX_SEARCHED_CHARS = 700  # of a text


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """An administrative unit named in a text."""

    key: str
    raw: str  # the words that name it
    is_union_body: bool  # named as part of a union body's name
    start: int


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """The administrative unit an article is about, and the rule that found it."""

    key: str
    source: FieldSource
    rule: str
    raw: str


@dataclass(frozen=True, slots=True)
class PlaceEvidence:
    """The parts of an article that say which place it is about."""

    title: str
    lead: str  # or the first paragraph
    paragraphs: Sequence[str] = ()
    byline_office: str | None = None  # the office in its byline
    section: Sequence[str] = ()
    day: Day | None = None  # of publication
    borrowed: bool = False  # taken from another publication: the site's own place says nothing then


def locate_article(evidence: PlaceEvidence, profile: SiteProfile) -> PlaceResult | None:
    """Return the unit an article is about, as it was on its day; None where the text names several or none.

    First the units in title and lead, then the byline's office, the section, on sites without a place of
    their own the first paragraphs; last the site's own place, unless the text was taken from elsewhere.
    """
    home = site_unit(profile)
    finder = PlaceFinder(home, evidence.day)
    if place := _place_in_title_and_lead(evidence, finder):
        return place
    mention_steps: list[tuple[str, list[PlaceMention]]] = [
        ("byline", finder.find_named_units(evidence.byline_office or "")),
        ("section", [mention for name in evidence.section for mention in finder.find_named_units(name)]),
    ]
    if home is None or profile.level not in LEVELS_WITH_PLACE:
        mention_steps.append(("first paragraphs", _mentions_in_first_paragraphs(evidence, finder)))
    for rule, mentions in mention_steps:
        if key := common_unit(mention.key for mention in mentions):
            return PlaceResult(key, FieldSource.TEXT, rule, mentions[0].raw)
        if mentions:
            return None
    if home is None or profile.level not in LEVELS_WITH_PLACE or evidence.borrowed:
        return None
    return PlaceResult(
        finder.unit_on_day(home), FieldSource.PROFILE, "the site's own place", profile.place or ""
    )


def _mentions_in_first_paragraphs(evidence: PlaceEvidence, finder: PlaceFinder) -> list[PlaceMention]:
    """Return the mentions in the first paragraphs, if a district or a union body is among them.

    A province alone is named there for too many reasons: a constituency, a newspaper, a university.
    """
    mentions = [mention for text in evidence.paragraphs[:2] for mention in finder.find_named_units(text)]
    return mentions if any(mention.is_union_body or "/" in mention.key for mention in mentions) else []


def _place_in_title_and_lead(evidence: PlaceEvidence, finder: PlaceFinder) -> PlaceResult | None:
    """Return the place named in title and lead: by all mentions, else the union bodies, else the title's."""
    title = _without_capitals(evidence.title)
    in_title = [
        *finder.find_in_heading(title),
        *finder.find_named_units(title),
        *finder.find_bare_provinces(title),
    ]
    in_lead = [*finder.find_named_units(evidence.lead), *finder.find_bare_provinces(evidence.lead)]
    bodies = [mention for mention in (*in_title, *in_lead) if mention.is_union_body]
    rules = (
        ("title and lead", in_title + in_lead),
        ("union body in title or lead", bodies),
        ("union body in lead", [mention for mention in in_lead if mention.is_union_body]),
        ("title", in_title),
    )
    for rule, mentions in rules:
        if key := common_unit([mention.key for mention in mentions]):
            key_mention = next((mention for mention in mentions if mention.key == key), mentions[0])
            return PlaceResult(key, FieldSource.TEXT, rule, key_mention.raw)
    home = finder.unit_on_day(finder.home) if finder.home else None
    if home and any(mention.key.split("/")[0] == home.split("/")[0] for mention in in_title + in_lead):
        return PlaceResult(home.split("/")[0], FieldSource.TEXT, "the site's own among several", home)
    return None


def common_unit(keys: Iterable[str]) -> str | None:
    """Return the one unit that several keys have in common: the smallest, or the province they share."""
    unit_keys = set(keys)
    provinces = {key.partition("/")[0] for key in unit_keys}
    if len(provinces) != 1:
        return None
    smaller = {key for key in unit_keys if "/" in key}
    return smaller.pop() if len(smaller) == 1 else provinces.pop()


def _without_capitals(title: str) -> str:
    """Return a title in capitals as one in capitalised words."""
    return WORD.sub(lambda word: word[0].capitalize(), title) if title.isupper() else title


def site_unit(profile: SiteProfile) -> str | None:
    """Return the key of the unit a site belongs to; None for a site of the whole country."""
    return _home_unit(profile.place, profile.level, profile.owner or profile.name)


@cache
def _home_unit(place: str | None, level: str, owner: str) -> str | None:
    if place is None or place not in all_units():
        return None
    if level != "district":
        return place
    districts = {
        mention.key
        for mention in PlaceFinder(place, None).find_named_units(owner)
        if mention.key.startswith(f"{place}/")
    }
    return districts.pop() if len(districts) == 1 else place


@dataclass(frozen=True, slots=True)
class PlaceFinder:
    """Finds the units a text names, as they were on a day, with preference for a site's own."""

    home: str | None  # key of the site's own unit
    day: Day | None  # of publication

    def unit_on_day(self, key: str) -> str:
        """Return the key of the unit as it was on the day."""
        return unit_key_on(key, self.day) if self.day else key

    def find_named_units(self, text: str) -> list[PlaceMention]:
        """Return units named with their kind, or behind `LĐLĐ`, in order."""
        text = text[:MAX_SEARCHED_CHARS]
        mentions = [
            mention for match in UNIT_KIND.finditer(text) for mention in self._units_of_kind(text, match)
        ]
        mentions += [
            mention
            for match in UNION_BEFORE_NAME.finditer(text)
            for mention in self._units_in_list(text, match, None)
        ]
        return sorted(mentions, key=lambda mention: mention.start)

    def find_bare_provinces(self, text: str) -> list[PlaceMention]:
        """Return provinces named without their kind, where nothing around makes them another name."""
        text = text[:MAX_SEARCHED_CHARS]
        mentions = []
        for match in _provinces().finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            excluded = NO_PLACE_BEFORE.search(before[-40:]) or KIND_BEFORE.search(before[-20:])
            if _is_whole_name(before, after) and not excluded and not FOREIGN_COUNTRY_AFTER.match(after):
                key = self.unit_on_day(_province_called(match[0]))
                mentions.append(
                    PlaceMention(key, match[0], bool(UNION_BODY_BEFORE.search(before[-60:])), match.start())
                )
        return mentions

    def find_in_heading(self, title: str) -> list[PlaceMention]:
        """Return the unit before a title's colon: `Ba Bể: Trao quà`."""
        match = PLACE_HEADING.match(title)
        if not match or UNIT_KIND.search(match["name"]) or UNION_BEFORE_NAME.search(match["name"]):
            return []
        unit_key = self._choose_unit(_unspecified(names.units_named(match["name"])), None)
        return [PlaceMention(unit_key, match["name"], False, 0)] if unit_key else []

    def _units_of_kind(self, text: str, match: re.Match[str]) -> list[PlaceMention]:
        kind = UNIT_KINDS[" ".join(match[1].lower().split())]
        if kind in names.COMMUNE_KINDS and (self.day is None or self.day < REFORM):
            return []  # a commune before the reform: the district beside it is named, or it is unknown
        return self._units_in_list(text, match, kind)

    def _units_in_list(self, text: str, match: re.Match[str], kind: str | None) -> list[PlaceMention]:
        """Return the unit named behind `huyện`, and those that follow it in a list."""
        before = text[: match.start()]
        if NO_PLACE_BEFORE.search(before[-40:]):
            return []
        body = kind is None or bool(UNION_BODY_BEFORE.search(before[-60:]))
        mentions: list[PlaceMention] = []
        start, name_match = match.start(), _read_unit_name(text, match.end(), kind)
        while name_match:
            candidates, end = name_match
            unit_key = self._choose_unit(candidates, _province_beside(text[end : end + 60]))
            if unit_key and not FOREIGN_COUNTRY_AFTER.match(text[end : end + 30]):
                mentions.append(PlaceMention(unit_key, text[start:end], body, start))
            further = NEXT_IN_LIST.match(text, end)
            name_match = _read_unit_name(text, further.end(), kind) if further else None
            start = further.end() if further else end
            if name_match and "/" in candidates[0].key and "/" not in name_match[0][0].key:
                name_match = None  # `huyện Ba Bể, Bắc Kạn`: the province it lies in
        return mentions

    def _choose_unit(self, candidates: Sequence[Unit], beside: str | None) -> str | None:
        """Return the unit meant among several of one name: in the province beside, else in the site's own."""
        existing = [
            unit for unit in candidates if self.day is None or unit.since is None or unit.since <= self.day
        ]
        if beside and any("/" in unit.key for unit in existing):
            return self._only_unit(unit for unit in existing if self._lies_in(unit, beside))
        at_home = [unit for unit in existing if self.home and self._lies_in(unit, self.home)]
        if at_home:
            return self._only_unit(at_home)
        if any(unit.kind in names.COMMUNE_KINDS for unit in existing):
            return None  # thousands of communes share their names: only beside a province, or at home
        return self._only_unit(existing)

    def _lies_in(self, unit: Unit, province: str) -> bool:
        province_key = province.partition("/")[0]
        if unit.since is not None and self.day:
            province_key = unit_key_on(province_key, self.day)
        return unit.province == province_key

    def _only_unit(self, candidates: Iterable[Unit]) -> str | None:
        return common_unit(self.unit_on_day(unit.key) for unit in candidates)


def _read_unit_name(text: str, start: int, kind: str | None) -> tuple[tuple[Unit, ...], int] | None:
    """Return the units of the longest name that begins at `start`, and where it ends."""
    for end in reversed(_name_ends(text, start)):
        candidates = names.units_named(text[start:end])
        if matching := names.units_of_kind(candidates, kind) if kind else _unspecified(candidates):
            return matching, end
    return None


def _unspecified(candidates: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Return the units a name without its kind may mean: the province before the town, no commune."""
    older = tuple(unit for unit in candidates if unit.since is None)
    return tuple(unit for unit in older if "/" not in unit.key) or older


def _name_ends(text: str, start: int) -> list[int]:
    """Return where a name that begins at `start` may end: after each of its capitalised words."""
    ends: list[int] = []
    for word in WORD.finditer(text, start, start + 40):
        gap = text[ends[-1] if ends else start : word.start()]
        capital = word[0][0].isupper() or word[0].isdigit() or gap in ("'", "’")
        if not capital or gap not in (GAPS_IN_NAME if ends else ("",)) or len(ends) >= names.MAX_NAME_WORDS:
            break
        ends.append(word.end())
    return ends


def _province_beside(after: str) -> str | None:
    match = PROVINCE_BESIDE.match(after)
    province_match = _read_unit_name(after, match.end(), "tỉnh") if match else None
    return province_match[0][0].key if province_match else None


def _is_whole_name(before: str, after: str) -> bool:
    """Return False for a part of a longer name: `Nguyễn Thái Bình`, `Thái Bình Dương`, not `LĐLĐ Bắc Kạn`."""
    word_before = before[:-1].rpartition(" ")[2] if before.endswith(" ") else ""
    word_after = WORD.match(after, 1) if after[:1] == " " else None
    continues_name = (
        bool(re.match(r"[^\W\d_]", word_before))
        and word_before[0].isupper()
        and not word_before.isupper()
        and word_before[-1].isalpha()
    )
    return not continues_name and not (word_after and word_after[0][0].isupper())


@cache
def _provinces() -> re.Pattern[str]:
    spelled = {
        name for unit in all_units().values() if "/" not in unit.key for name in (unit.name, *unit.aliases)
    }
    names_to_find = sorted(
        (name for name in spelled if name.lower() not in ONLY_WITH_KIND), key=len, reverse=True
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names_to_find))})(?!\w)")


@cache
def _province_called(name: str) -> str:
    return next(unit.key for unit in names.units_named(name) if "/" not in unit.key)

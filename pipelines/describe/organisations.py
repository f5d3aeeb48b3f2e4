"""Finds the union body that issued an article, its name in full: `Liên đoàn Lao động huyện Ba Bể`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.describe.places import PlaceFinder, site_unit
from spiders.profile.site_profile import SiteProfile
from storage.gazetteer.units import get_unit
from storage.records import FieldSource
from storage.search.query.abbreviations import ABBREVIATIONS_FILE

ORGANISATIONS_FILE = Path(__file__).with_name("organisations.toml")
FEDERATION = "Liên đoàn Lao động"
CENTRAL = "Tổng Liên đoàn Lao động Việt Nam"
UNION_NAME_START = re.compile(
    r"(?i)(?<!\w)(?P<central>tổng\s+(?:lđlđ|liên\s+đoàn\s+lao\s+động)(?:\s+việt\s+nam|\s*vn(?!\w))?|tlđ(?:lđ)?(?:\s+việt\s+nam|vn)?)(?!\w)|"
    r"(?<!\w)(?P<federation>lđlđ|liên\s+đoàn\s+lao\s+động)(?!\w)|"
    r"(?<!\w)(?P<union>cđcs|công\s+đoàn\s+cơ\s+sở|công\s+đoàn|cđ)(?=\s)"
)
OWN_UNIT_KIND = re.compile(
    r"(?i)\s*(tỉnh|huyện|quận|thị xã|thành phố)(?!\w)(?!\s+(?-i:[A-ZĐ]|\d))"
)  # `LĐLĐ tỉnh` alone
STATE_BODY = re.compile(
    r"(?i)(?:(?:ban thường vụ|btv|thường trực|chủ tịch|ban chấp hành|bch)\s+)?"
    r"(?:(?P<rule>ubnd|[uủ][yỷ] ban nhân dân)|(?P<council>hđnd|hội đồng nhân dân))\s+"
)
OFFICE_WITHIN_BODY = re.compile(
    r"(?i)(?:(?:ban thường vụ|btv|ban chấp hành|bch|đoàn chủ tịch|thường trực)\s+)?"
)
NAME_WORD = re.compile(r"[\w&.]*\w")
NAME_STOP = re.compile(r"[,;:()“”\"\n]|\.\s|\s[-–]\s")
# What may precede the body that acts: nothing, or when and where.
BEFORE_ACTING_BODY = re.compile(
    r"(?i)(?:^|[,\d)]\s*|\s(?:vừa qua|mới đây|nay|qua)\s+)(?:(?:ban\s+(?:thường\s+vụ|chấp\s+hành)|btv|bch|"
    r"thường\s+trực|ủy\s+ban\s+kiểm\s+tra|ubkt|văn\s+phòng)\s+)?$"
)
UNION_SITE_LEVELS = frozenset(("central", "sector", "province", "district", "ward", "grassroots"))
NOT_A_BODY = frozenset(("công đoàn việt nam", "công đoàn cơ sở", "công đoàn", "công đoàn các"))
MAX_ORGANISATION_CHARS = 110  # characters of a name
MAX_LEAD_CHARS = 260  # of a lead in which the body that acts is searched


@dataclass(frozen=True, slots=True)
class Organisation:
    """The union body that issued an article, and the evidence for it."""

    name: str
    source: FieldSource
    rule: str  # byline, lead, the site's owner
    raw: str  # the words that name it


@dataclass(frozen=True, slots=True)
class UnionMention:
    """A union body named in a text, and where."""

    name: str  # in full
    start: int
    end: int


def find_issuer(
    byline_office: str | None, lead: str, profile: SiteProfile, borrowed: bool = False
) -> Organisation | None:
    """Return the body that issued an article; None where it was no union.

    It is the byline's office, on a union's own site the body that acts in the lead, else the site's owner,
    unless the text was `borrowed` from another publication.
    """
    if byline_office and (mention := first_union_body(byline_office, profile)) and mention.start == 0:
        return Organisation(mention.name, FieldSource.TEXT, "byline", byline_office)
    owner = site_owner(profile)
    if owner and profile.level in UNION_SITE_LEVELS and (mention := _acting_body(lead, profile)):
        return Organisation(mention.name, FieldSource.TEXT, "lead", lead[mention.start : mention.end])
    if owner is None or borrowed:
        return None
    return Organisation(owner, FieldSource.PROFILE, "the site's owner", profile.owner or profile.name)


def _acting_body(lead: str, profile: SiteProfile) -> UnionMention | None:
    mention = first_union_body(lead[:MAX_LEAD_CHARS], profile)
    return mention if mention and BEFORE_ACTING_BODY.search(lead[: mention.start]) else None


def first_union_body(text: str, profile: SiteProfile) -> UnionMention | None:
    """Return the first union body that a text names in full."""
    finder = PlaceFinder(site_unit(profile), None)
    for match in UNION_NAME_START.finditer(text):
        if match["central"]:
            return UnionMention(CENTRAL, match.start(), match.end())
        mention = _federation(text, match, finder) if match["federation"] else _union(text, match, finder)
        if mention:
            return mention
    return None


def issuer_at_start(text: str, profile: SiteProfile) -> tuple[str, int] | None:
    """Return the union body or people's committee a text begins with, in full, and where its name ends."""
    office_within = OFFICE_WITHIN_BODY.match(text)
    start = office_within.end() if office_within else 0
    if (mention := first_union_body(text[start:], profile)) and mention.start == 0:
        return mention.name, start + mention.end
    if not (state_body := STATE_BODY.match(text)):
        return None
    office = "Ủy ban nhân dân" if state_body["rule"] else "Hội đồng nhân dân"
    finder = PlaceFinder(site_unit(profile), None)
    places = [
        place
        for place in finder.find_named_units(text[state_body.end() : state_body.end() + 80])
        if place.start == 0
    ]
    if places:
        return f"{office} {get_unit(places[0].key).full_name}", state_body.end() + len(places[0].raw)
    own_unit = _own_unit(text, state_body.end(), finder)
    return (f"{office} {own_unit[0]}", own_unit[1]) if own_unit else None


@cache
def _owner_body(level: str, owner: str, place: str | None) -> str | None:
    match = UNION_NAME_START.match(owner)
    if level == "aggregator" or not match:
        return None
    if match["central"]:
        return CENTRAL
    finder = PlaceFinder(place, None)
    mention = _federation(owner, match, finder) if match["federation"] else _union(owner, match, finder)
    return mention.name if mention else None


def site_owner(profile: SiteProfile) -> str | None:
    """Return the union body that owns a site, in full; None where it is no union's."""
    return _owner_body(profile.level, profile.owner or profile.name, site_unit(profile))


def _federation(text: str, match: re.Match[str], finder: PlaceFinder) -> UnionMention | None:
    """Read `LĐLĐ huyện Ba Bể`, `LĐLĐ Bắc Kạn`; `LĐLĐ tỉnh` is that of the site's own province."""
    start = match.start()
    places = [
        place
        for place in finder.find_named_units(text[start : start + 80])
        if place.start <= len(match[0]) + 1
    ]
    if places and (longest_place := min(places, key=lambda place: -len(place.raw))):
        place_unit = get_unit(longest_place.key)
        named_kind = re.match(
            r"(?i)(?:lđlđ|liên\s+đoàn\s+lao\s+động)?\s*(huyện|quận|thị xã|thành phố)", longest_place.raw
        )
        kind = named_kind[1].lower() if named_kind and "/" in longest_place.key else place_unit.kind
        end = start + longest_place.start + len(longest_place.raw)
        return UnionMention(f"{FEDERATION} {kind} {place_unit.name}", start, end)
    if own_unit := _own_unit(text, match.end(), finder):
        return UnionMention(f"{FEDERATION} {own_unit[0]}", start, own_unit[1])
    return None


def _own_unit(text: str, start: int, finder: PlaceFinder) -> tuple[str, int] | None:
    """Return the site's own unit, where a text says `tỉnh` without a name."""
    kind_match = OWN_UNIT_KIND.match(text, start)
    home = get_unit(finder.home) if finder.home else None
    return (
        (home.full_name, kind_match.end())
        if kind_match and home and kind_match[1].lower() == home.kind
        else None
    )


def _union(text: str, match: re.Match[str], finder: PlaceFinder) -> UnionMention | None:
    """Read `CĐ ngành Giáo dục`, `CĐCS Công ty TNHH May Sông Hồng`, as far as its words belong to a name."""
    end = _end_of_name(text, match.end())
    if end <= match.end() + 1 or end - match.start() > MAX_ORGANISATION_CHARS:
        return None
    head = match["union"].lower()
    kind = "Công đoàn cơ sở" if head in ("cđcs", "công đoàn cơ sở") else "Công đoàn"
    union_name = " ".join(text[match.end() : end].split())
    name = f"{kind} {union_name}"
    if name.lower() in NOT_A_BODY or not re.search(r"[^\W\d_]", union_name):
        return None
    if union_name.lower().endswith((" tỉnh", " thành phố")) and finder.home:
        name = f"{name} {get_unit(finder.home.partition('/')[0]).name}"
    return UnionMention(name, match.start(), end)


def _end_of_name(text: str, start: int) -> int:
    stop = NAME_STOP.search(text, start)
    name_limit = stop.start() if stop else len(text)
    end, at, has_proper_noun = start, start, False
    while match := NAME_WORD.match(text, at + 1, name_limit):
        phrase_end = _phrase_end(text, match.start(), name_limit)
        capital = match[0][0].isupper() or match[0][0].isdigit()
        if not phrase_end and not capital:
            break
        at = phrase_end or match.end()
        in_name = capital or (phrase_end and text[match.start() : at].lower() not in NAME_CONNECTORS)
        end, has_proper_noun = (at, True) if in_name else (end, has_proper_noun)
    return end if has_proper_noun else start


NAME_CONNECTORS = frozenset(
    ("và", "các", "khu", "cơ sở", "ban", "may", "than", "báo", "trường", "phòng", "huyện", "quận", "xã")
)


def _phrase_end(text: str, start: int, limit: int) -> int | None:
    match = _name_phrases().match(text, start, limit)
    return match.end() if match else None


@cache
def _name_phrases() -> re.Pattern[str]:
    words = tomllib.loads(ORGANISATIONS_FILE.read_text(encoding="utf-8"))["parts"]
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?i)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")


@cache
def _long_forms() -> Mapping[str, str]:
    groups = tomllib.loads(ABBREVIATIONS_FILE.read_text(encoding="utf-8"))["same"]
    return {
        form: max(group["forms"], key=len) for group in groups for form in group["forms"] if form.isupper()
    }


def expand_abbreviation(word: str) -> str:
    """Return an abbreviation written out: `BHXH` → `bảo hiểm xã hội`; other words unchanged."""
    return _long_forms().get(word, word)

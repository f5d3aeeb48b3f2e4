"""Attribute: the union body that issued an article, its name in full: `Liên đoàn Lao động huyện Ba Bể`."""

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

DATA = Path(__file__).with_name("organisations.toml")
FEDERATION = "Liên đoàn Lao động"
CENTRAL = "Tổng Liên đoàn Lao động Việt Nam"
HEAD = re.compile(
    r"(?i)(?<!\w)(?P<central>tổng\s+(?:lđlđ|liên\s+đoàn\s+lao\s+động)(?:\s+việt\s+nam|\s*vn(?!\w))?|tlđ(?:lđ)?(?:\s+việt\s+nam|vn)?)(?!\w)|"
    r"(?<!\w)(?P<federation>lđlđ|liên\s+đoàn\s+lao\s+động)(?!\w)|"
    r"(?<!\w)(?P<union>cđcs|công\s+đoàn\s+cơ\s+sở|công\s+đoàn|cđ)(?=\s)"
)
OWN = re.compile(
    r"(?i)\s*(tỉnh|huyện|quận|thị xã|thành phố)(?!\w)(?!\s+(?-i:[A-ZĐ]|\d))"
)  # `LĐLĐ tỉnh` alone
STATE = re.compile(
    r"(?i)(?:(?:ban thường vụ|btv|thường trực|chủ tịch|ban chấp hành|bch)\s+)?"
    r"(?:(?P<rule>ubnd|[uủ][yỷ] ban nhân dân)|(?P<council>hđnd|hội đồng nhân dân))\s+"
)
WITHIN = re.compile(r"(?i)(?:(?:ban thường vụ|btv|ban chấp hành|bch|đoàn chủ tịch|thường trực)\s+)?")
WORD = re.compile(r"[\w&.]*\w")
SENTENCE = re.compile(r"[,;:()“”\"\n]|\.\s|\s[-–]\s")
# What may stand before the body that acts: nothing, or when and where.
ACTS = re.compile(
    r"(?i)(?:^|[,\d)]\s*|\s(?:vừa qua|mới đây|nay|qua)\s+)(?:(?:ban\s+(?:thường\s+vụ|chấp\s+hành)|btv|bch|"
    r"thường\s+trực|ủy\s+ban\s+kiểm\s+tra|ubkt|văn\s+phòng)\s+)?$"
)
UNIONS_OWN = frozenset(("central", "sector", "province", "district", "ward", "grassroots"))
NEVER = frozenset(("công đoàn việt nam", "công đoàn cơ sở", "công đoàn", "công đoàn các"))
LONGEST = 110  # characters of a name
LEAD = 260  # characters of a lead in which the body that acts is looked for


@dataclass(frozen=True, slots=True)
class Organisation:
    """A union body and what it was found by."""

    name: str
    source: FieldSource
    rule: str
    raw: str


@dataclass(frozen=True, slots=True)
class UnionMention:
    """A body a text names."""

    name: str  # in full
    start: int
    end: int


def find_issuer(
    signed: str | None, lead: str, profile: SiteProfile, borrowed: bool = False
) -> Organisation | None:
    """The body that issued an article; None where it was no union.

    Its byline's office, on a union's own site the body that acts in the lead, else the site's owner, unless
    the text was `borrowed` from another publication.
    """
    if signed and (found := first_union_body(signed, profile)) and found.start == 0:
        return Organisation(found.name, FieldSource.TEXT, "byline", signed)
    own = site_owner(profile)
    if own and profile.level in UNIONS_OWN and (found := _acting(lead, profile)):
        return Organisation(found.name, FieldSource.TEXT, "lead", lead[found.start : found.end])
    if own is None or borrowed:
        return None
    return Organisation(own, FieldSource.PROFILE, "the site's owner", profile.owner or profile.name)


def _acting(lead: str, profile: SiteProfile) -> UnionMention | None:
    found = first_union_body(lead[:LEAD], profile)
    return found if found and ACTS.search(lead[: found.start]) else None


def first_union_body(text: str, profile: SiteProfile) -> UnionMention | None:
    """The first union body a text names whole."""
    reader = PlaceFinder(site_unit(profile), None)
    for match in HEAD.finditer(text):
        if match["central"]:
            return UnionMention(CENTRAL, match.start(), match.end())
        found = _federation(text, match, reader) if match["federation"] else _union(text, match, reader)
        if found:
            return found
    return None


def issuer_at_start(text: str, profile: SiteProfile) -> tuple[str, int] | None:
    """The union body or people's committee a text begins with, in full, and where its name ends."""
    within = WITHIN.match(text)
    start = within.end() if within else 0
    if (found := first_union_body(text[start:], profile)) and found.start == 0:
        return found.name, start + found.end
    if not (state := STATE.match(text)):
        return None
    office = "Ủy ban nhân dân" if state["rule"] else "Hội đồng nhân dân"
    reader = PlaceFinder(site_unit(profile), None)
    near = [each for each in reader.named(text[state.end() : state.end() + 80]) if each.start == 0]
    if near:
        return f"{office} {get_unit(near[0].key).full_name}", state.end() + len(near[0].raw)
    own = _own(text, state.end(), reader)
    return (f"{office} {own[0]}", own[1]) if own else None


@cache
def _owner_of(level: str, owner: str, place: str | None) -> str | None:
    match = HEAD.match(owner)
    if level == "aggregator" or not match:
        return None
    if match["central"]:
        return CENTRAL
    reader = PlaceFinder(place, None)
    found = _federation(owner, match, reader) if match["federation"] else _union(owner, match, reader)
    return found.name if found else None


def site_owner(profile: SiteProfile) -> str | None:
    """The union body whose site it is, in full; None where it is no union's."""
    return _owner_of(profile.level, profile.owner or profile.name, site_unit(profile))


def _federation(text: str, match: re.Match[str], reader: PlaceFinder) -> UnionMention | None:
    """`LĐLĐ huyện Ba Bể`, `LĐLĐ Bắc Kạn`; `LĐLĐ tỉnh` is that of the site's own."""
    start = match.start()
    near = [each for each in reader.named(text[start : start + 80]) if each.start <= len(match[0]) + 1]
    if near and (first := min(near, key=lambda each: -len(each.raw))):
        whole = get_unit(first.key)
        said = re.match(r"(?i)(?:lđlđ|liên\s+đoàn\s+lao\s+động)?\s*(huyện|quận|thị xã|thành phố)", first.raw)
        kind = said[1].lower() if said and "/" in first.key else whole.kind
        end = start + first.start + len(first.raw)
        return UnionMention(f"{FEDERATION} {kind} {whole.name}", start, end)
    if own := _own(text, match.end(), reader):
        return UnionMention(f"{FEDERATION} {own[0]}", start, own[1])
    return None


def _own(text: str, start: int, reader: PlaceFinder) -> tuple[str, int] | None:
    """The site's own unit, where a text says `tỉnh` and leaves the name out."""
    own = OWN.match(text, start)
    home = get_unit(reader.home) if reader.home else None
    return (home.full_name, own.end()) if own and home and own[1].lower() == home.kind else None


def _union(text: str, match: re.Match[str], reader: PlaceFinder) -> UnionMention | None:
    """`CĐ ngành Giáo dục`, `CĐCS Công ty TNHH May Sông Hồng`: as far as its words are those of a name."""
    end = _end_of_name(text, match.end())
    if end <= match.end() + 1 or end - match.start() > LONGEST:
        return None
    head = match["union"].lower()
    said = "Công đoàn cơ sở" if head in ("cđcs", "công đoàn cơ sở") else "Công đoàn"
    tail = " ".join(text[match.end() : end].split())
    name = f"{said} {tail}"
    if name.lower() in NEVER or not re.search(r"[^\W\d_]", tail):
        return None
    if tail.lower().endswith((" tỉnh", " thành phố")) and reader.home:
        name = f"{name} {get_unit(reader.home.partition('/')[0]).name}"
    return UnionMention(name, match.start(), end)


def _end_of_name(text: str, start: int) -> int:
    stop = SENTENCE.search(text, start)
    limit = stop.start() if stop else len(text)
    end, at, proper = start, start, False
    while match := WORD.match(text, at + 1, limit):
        phrase = _phrase(text, match.start(), limit)
        capital = match[0][0].isupper() or match[0][0].isdigit()
        if not phrase and not capital:
            break
        at = phrase or match.end()
        named = capital or (phrase and text[match.start() : at].lower() not in LINKS)
        end, proper = (at, True) if named else (end, proper)
    return end if proper else start


LINKS = frozenset(
    ("và", "các", "khu", "cơ sở", "ban", "may", "than", "báo", "trường", "phòng", "huyện", "quận", "xã")
)


def _phrase(text: str, start: int, limit: int) -> int | None:
    match = _parts().match(text, start, limit)
    return match.end() if match else None


@cache
def _parts() -> re.Pattern[str]:
    words = tomllib.loads(DATA.read_text(encoding="utf-8"))["parts"]
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?i)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")


@cache
def _long_forms() -> Mapping[str, str]:
    groups = tomllib.loads(ABBREVIATIONS_FILE.read_text(encoding="utf-8"))["same"]
    return {
        form: max(group["forms"], key=len) for group in groups for form in group["forms"] if form.isupper()
    }


def expand_abbreviation(word: str) -> str:
    """A word with its abbreviation written out: `BHXH` → `bảo hiểm xã hội`; others as they are."""
    return _long_forms().get(word, word)

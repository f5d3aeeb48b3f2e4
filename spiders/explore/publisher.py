"""Publisher guess: union level and province of a site, from front page and host name, with the evidence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spiders.explore.page import ParsedPage, host_of
from spiders.markup.html import text_of
from spiders.profile.provinces import Province, provinces
from spiders.profile.site_profile import Level

FEDERATION = r"(?:liên đoàn lao động|lđlđ|công đoàn)"
TOWN = r"(?:thành phố|tp\.?)"
TRADES = (
    r"y tế|giáo dục|xây dựng|công thương|dệt may|dầu khí|cao su|điện lực|đường sắt|hàng hải|hàng không|"
    r"ngân hàng|viên chức|nông nghiệp|giao thông|than|bưu điện|thông tin|công an|quốc phòng|quân đội"
)
# in order: the first that is found in a text decides; case folded, NFC
LEVEL_RULES: tuple[tuple[Level, str], ...] = (
    (
        "press",
        r"(?:^|[^\w])(?:báo(?! cáo| chí| hiểm| hiệu| động)|tạp chí|tòa soạn|toà soạn)(?: \w+){1,4}",
    ),
    ("ward", rf"{FEDERATION} (?:xã|phường|đặc khu) (?:\w+ ?)+"),
    (
        "grassroots",
        r"công đoàn (?:cơ sở|(?:tổng )?công ty|tập đoàn|trường|bệnh viện|đại học|học viện)(?: \w+)*",
    ),
    (
        "grassroots",
        r"^trường (?:mầm non|mẫu giáo|tiểu học|thcs|thpt|trung học|cao đẳng|đại học)(?: \w+)*",
    ),
    (
        "district",
        rf"(?:{FEDERATION}|cổng thông tin(?: điện tử)?|trang thông tin(?: điện tử)?|ubnd|ủy ban nhân dân)"
        r" (?:một )?(?:huyện|quận|thị xã)(?: \w+)*",
    ),
    (
        "office",
        r"(?:văn phòng|ubnd|ủy ban nhân dân|hđnd|đbqh|tỉnh ủy|thành ủy|mặt trận tổ quốc)(?: \w+)*",
    ),
    ("sector", rf"công đoàn (?:ngành \w+|{TRADES})(?: \w+)*"),
    ("central", r"tổng liên đoàn lao động(?: việt nam)?|^công đoàn việt nam"),
)
PROVINCE = re.compile(rf"{FEDERATION} (?:tỉnh|{TOWN}) (?:\w+ ?){{1,5}}")
CITY = re.compile(rf"(?:{FEDERATION}|cổng thông tin(?: điện tử)?) {TOWN} (?P<name>(?:\w+ ?){{1,4}})")
IMPRINT_WORDS = re.compile(
    r"(?i)bản quyền|©|chủ quản|cơ quan ngôn luận|đơn vị quản lý|trang thông tin điện tử|thuộc về"
)
PROVINCE_PREFIX = r"tỉnh|thành\s+phố|tp\.?|lđlđ|liên\s+đoàn\s+lao\s+động|công\s+đoàn"
MASTHEAD, IMPRINT = "the masthead", "the imprint"
UNION_HOST = re.compile(r"(?:www\.)?(?:(?:ldld|liendoanlaodong)\b|congdoan)")
CAPITAL = ("thủ đô", "ha_noi")
MIN_PROVINCE_LETTERS_IN_HOST = 5  # letters of a province in a host: `hue` is part of other words


@dataclass(frozen=True, slots=True)
class FieldGuess:
    """A guessed value and the evidence for it; no value without evidence."""

    value: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher of a site: its union level and its province."""

    level: FieldGuess
    place: FieldGuess


def guess_publisher(home: ParsedPage | None, url: str) -> Publisher:
    """Guess level and province from the front page's title, metadata, masthead and imprint, then the host."""
    publisher_texts = list(_publisher_texts(home)) if home else []
    publisher_host = host_of(url)
    return Publisher(
        guess_level(publisher_texts, publisher_host), guess_place(publisher_texts, publisher_host)
    )


def guess_level(publisher_texts: Sequence[tuple[str, str]], publisher_host: str) -> FieldGuess:
    """Guess the level; `publisher_texts` has (place on the page, text) pairs, the most reliable first."""
    for text_place, publisher_text in publisher_texts:
        publisher_name = " ".join(unicodedata.normalize("NFC", publisher_text).split())
        for level, level_match in _levels_in_text(publisher_name.casefold()):
            if level == "central" and text_place in (MASTHEAD, IMPRINT):
                continue  # news and imprints of every union name the confederation
            publisher_words = publisher_name[level_match.start() : level_match.end()].strip(" |-–:,.")
            return FieldGuess(level, f"{text_place} says “{publisher_words}”")
    province = _province_in_host(publisher_host, provinces())
    if province and UNION_HOST.match(publisher_host):
        return FieldGuess("province", f"the host {publisher_host} names {province.full_name}")
    return FieldGuess(None, "nothing on the front page says it")


def _levels_in_text(publisher_text: str) -> Iterator[tuple[Level, re.Match[str]]]:
    """Yield the levels a text names with their matches, the most reliable first."""
    for level, level_pattern in LEVEL_RULES:
        if level == "office":
            yield from _federations_in_text(publisher_text)
        if level_match := re.search(level_pattern, publisher_text):
            yield level, level_match


def _federations_in_text(publisher_text: str) -> Iterator[tuple[Level, re.Match[str]]]:
    """A province's federation, or that of a town in a province."""
    city_match = CITY.search(publisher_text)
    if city_match and not any(
        city_match["name"].startswith(town.name.casefold()) for town in provinces().values() if town.city
    ):
        yield "district", city_match
    elif level_match := PROVINCE.search(publisher_text):
        yield "province", level_match
    elif province_match := next(
        (
            named_match
            for town in provinces().values()
            if (named_match := _federation_of(town.name).search(publisher_text))
        ),
        None,
    ):
        yield "province", province_match


def _federation_of(province_name: str) -> re.Pattern[str]:
    return re.compile(rf"{FEDERATION} {re.escape(province_name.casefold())}(?!\w)")


def guess_place(publisher_texts: Sequence[tuple[str, str]], publisher_host: str) -> FieldGuess:
    """Guess the province, by its name in the texts, else in the host."""
    for text_place, publisher_text in publisher_texts:
        if province_key := _province_in_text(publisher_text):
            return FieldGuess(province_key, f"{text_place} says “{provinces()[province_key].name}”")
    if province := _province_in_host(publisher_host, provinces()):
        return FieldGuess(province.key, f"the host {publisher_host} names it")
    return FieldGuess(None, "neither the front page nor the host names a province")


def _province_in_text(publisher_text: str) -> str | None:
    """Key of the province a text names: after `tỉnh`, `LĐLĐ` in any case, alone in capitals; or None."""
    plain_name = unicodedata.normalize("NFC", publisher_text)
    named_provinces: list[tuple[bool, int, str]] = []
    for province_key, province in provinces().items():
        province_name = re.escape(province.name).replace(r"\ ", r"\s+").replace(r"\-", "[-–]")
        federation_name = rf"(?i)(?:{PROVINCE_PREFIX})\s+{province_name}(?!\w)"
        is_after_federation = re.search(federation_name, plain_name) is not None
        if is_after_federation or re.search(rf"(?<!\w){province_name}(?!\w)", plain_name):
            named_provinces.append((is_after_federation, len(province.name), province_key))
    if not named_provinces and CAPITAL[0] in plain_name.casefold():
        return CAPITAL[1]
    return max(named_provinces, default=(False, 0, None))[2]


def _province_in_host(publisher_host: str, provinces_by_key: Mapping[str, Province]) -> Province | None:
    """The province with the longest name, without marks, in a host; or None."""
    host_letters = re.sub(r"[^a-z.]", "", publisher_host)
    provinces_in_host = [
        (len(province_key), province_key)
        for province_key in provinces_by_key
        if _host_spelling(province_key) in host_letters
    ]
    return provinces_by_key[max(provinces_in_host)[1]] if provinces_in_host else None


def _host_spelling(province_key: str) -> str:
    plain_key = province_key.replace("_", "")
    return plain_key if len(plain_key) >= MIN_PROVINCE_LETTERS_IN_HOST else f"doan{plain_key}."


def _publisher_texts(home: ParsedPage) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of the front page's own descriptions, the most reliable first."""
    yield "the title", home.title
    for publisher_node in home.root.iter("meta"):
        if (publisher_node.get("property") or publisher_node.get("name") or "").lower() in (
            "og:site_name",
            "og:title",
        ):
            yield "the page's metadata", publisher_node.get("content") or ""
    for logo in home.root.iter("img"):
        if any(
            logo_ancestor.tag == "a" and (logo_ancestor.get("href") or "") in ("/", home.url)
            for logo_ancestor in logo.iterancestors()
        ):
            yield "the logo", logo.get("alt") or ""
    yield from (
        ("the heading", text_of(publisher_node))
        for publisher_node in home.root.iter("h1")
        if len(text_of(publisher_node)) < 120
    )
    masthead_lines = (
        imprint_line
        for imprint_line in home.lines[:6]
        if len(imprint_line.text) < 80 and not imprint_line.is_link
    )
    yield from ((MASTHEAD, imprint_line.text) for imprint_line in masthead_lines)
    yield from (
        (IMPRINT, imprint_line.text)
        for imprint_line in home.lines[-25:]
        if IMPRINT_WORDS.search(imprint_line.text)
    )

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
    texts = list(_publisher_texts(home)) if home else []
    host = host_of(url)
    return Publisher(guess_level(texts, host), guess_place(texts, host))


def guess_level(texts: Sequence[tuple[str, str]], host: str) -> FieldGuess:
    """Guess the level; `texts` has (place on the page, text) pairs, the most reliable first."""
    for where, text in texts:
        plain_text = " ".join(unicodedata.normalize("NFC", text).split())
        for level, match in _levels_in_text(plain_text.casefold()):
            if level == "central" and where in (MASTHEAD, IMPRINT):
                continue  # news and imprints of every union name the confederation
            words = plain_text[match.start() : match.end()].strip(" |-–:,.")
            return FieldGuess(level, f"{where} says “{words}”")
    province = _province_in_host(host, provinces())
    if province and UNION_HOST.match(host):
        return FieldGuess("province", f"the host {host} names {province.full_name}")
    return FieldGuess(None, "nothing on the front page says it")


def _levels_in_text(text: str) -> Iterator[tuple[Level, re.Match[str]]]:
    """Yield the levels a text names with their matches, the most reliable first."""
    for level, pattern in LEVEL_RULES:
        if level == "office":
            yield from _federations_in_text(text)
        if match := re.search(pattern, text):
            yield level, match


def _federations_in_text(text: str) -> Iterator[tuple[Level, re.Match[str]]]:
    """A province's federation, or that of a town in a province."""
    city = CITY.search(text)
    if city and not any(city["name"].startswith(p.name.casefold()) for p in provinces().values() if p.city):
        yield "district", city
    elif match := PROVINCE.search(text):
        yield "province", match
    elif named := next((m for p in provinces().values() if (m := _federation_of(p.name).search(text))), None):
        yield "province", named


def _federation_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"{FEDERATION} {re.escape(name.casefold())}(?!\w)")


def guess_place(texts: Sequence[tuple[str, str]], host: str) -> FieldGuess:
    """Guess the province, by its name in the texts, else in the host."""
    for where, text in texts:
        if key := _province_in_text(text):
            return FieldGuess(key, f"{where} says “{provinces()[key].name}”")
    if place := _province_in_host(host, provinces()):
        return FieldGuess(place.key, f"the host {host} names it")
    return FieldGuess(None, "neither the front page nor the host names a province")


def _province_in_text(text: str) -> str | None:
    """Key of the province a text names: after `tỉnh`, `LĐLĐ` in any case, alone in capitals; or None."""
    plain = unicodedata.normalize("NFC", text)
    matches: list[tuple[bool, int, str]] = []
    for key, place in provinces().items():
        name = re.escape(place.name).replace(r"\ ", r"\s+").replace(r"\-", "[-–]")
        kind = rf"(?i)(?:tỉnh|thành\s+phố|tp\.?|lđlđ|liên\s+đoàn\s+lao\s+động|công\s+đoàn)\s+{name}(?!\w)"
        sure = re.search(kind, plain) is not None
        if sure or re.search(rf"(?<!\w){name}(?!\w)", plain):
            matches.append((sure, len(place.name), key))
    if not matches and CAPITAL[0] in plain.casefold():
        return CAPITAL[1]
    return max(matches, default=(False, 0, None))[2]


def _province_in_host(host: str, provinces_by_key: Mapping[str, Province]) -> Province | None:
    """The province with the longest name, without marks, in a host; or None."""
    letters = re.sub(r"[^a-z.]", "", host)
    named = [(len(key), key) for key in provinces_by_key if _host_spelling(key) in letters]
    return provinces_by_key[max(named)[1]] if named else None


def _host_spelling(key: str) -> str:
    plain = key.replace("_", "")
    return plain if len(plain) >= MIN_PROVINCE_LETTERS_IN_HOST else f"doan{plain}."


def _publisher_texts(home: ParsedPage) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of the front page's own descriptions, the most reliable first."""
    yield "the title", home.title
    for node in home.root.iter("meta"):
        if (node.get("property") or node.get("name") or "").lower() in ("og:site_name", "og:title"):
            yield "the page's metadata", node.get("content") or ""
    for image in home.root.iter("img"):
        if any(
            around.tag == "a" and (around.get("href") or "") in ("/", home.url)
            for around in image.iterancestors()
        ):
            yield "the logo", image.get("alt") or ""
    yield from (("the heading", text_of(node)) for node in home.root.iter("h1") if len(text_of(node)) < 120)
    top = (line for line in home.lines[:6] if len(line.text) < 80 and not line.is_link)
    yield from ((MASTHEAD, line.text) for line in top)
    yield from ((IMPRINT, line.text) for line in home.lines[-25:] if IMPRINT_WORDS.search(line.text))

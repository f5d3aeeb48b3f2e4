"""Voice: everything the room says, in the reader's language - messages, terms, days, numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations

from storage.records import PrintedTime

LOCALES = Path(__file__).parent / "locale"
DEFAULT = "vi"
LANGUAGES = ("vi", "en")
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# Days as offices write them: figures in Vietnamese, months in words in English, which has two orders.
DAY = {"vi": "dd/MM/yyyy", "en": "d MMMM yyyy"}
INSTANT = {"vi": "HH:mm dd/MM/yyyy", "en": "d MMMM yyyy, HH:mm"}
RANGE = re.compile(r"\s*([a-zA-Z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?))?\s*")


@dataclass(frozen=True, slots=True)
class Voice:
    """One language of the room; messages are looked up by their English text."""

    language: str
    translations: Translations

    def __call__(self, message: str, **named: object) -> str:
        told: str = self.translations.ugettext(message)
        return told % named if named else told

    def plural(self, one: str, many: str, n: int, **named: object) -> str:
        """The form for `n`, which is given to the message as the number it writes."""
        told: str = self.translations.ungettext(one, many, n)
        return told % {"n": self.number(n), **named}

    def term(self, kind: str, value: object) -> str:
        """A value of a closed list in words; in English, without a better word, as it is written."""
        word = str(value)
        told = str(self.translations.upgettext(kind, word))
        return word.replace("_", " ") if told == word else told

    def advice(self, kind: str, told: str) -> str:
        """What to do about a failure or sign; in English as the report tells it."""
        found = str(self.translations.upgettext("advice", kind))
        return told if found == kind else found

    def number(self, value: float) -> str:
        """1.234 or 1,234."""
        return format_decimal(value, locale=self.language)

    def share(self, value: float) -> str:
        """A share (0–1) as a percentage."""
        return format_percent(value, locale=self.language)

    def day(self, day: date | None) -> str:
        """A day in full; that there is none, in words."""
        return format_date(day, DAY[self.language], locale=self.language) if day else self("undated")

    def instant(self, moment: datetime) -> str:
        """A moment by the clocks of Viet Nam."""
        local = moment.astimezone(HANOI)
        return format_datetime(local, INSTANT[self.language], locale=self.language)

    def printed(self, moment: PrintedTime | None) -> str:
        """A time as far as it was printed."""
        if moment is None or moment.time is None:
            return self.day(moment.day if moment else None)
        return format_datetime(
            datetime.combine(moment.day, moment.time, UTC), INSTANT[self.language], locale=self.language
        )

    def size(self, count: int) -> str:
        """Bytes as a reader counts them."""
        for unit, width in (("MB", 1_000_000), ("kB", 1_000)):
            if count >= width:
                return f"{format_decimal(count / width, '#,##0.#', locale=self.language)} {unit}"
        return f"{count} B"


def voices() -> Mapping[str, Voice]:
    """Every language of the room, its catalogue read from `locale/`."""
    return {language: Voice(language, _catalogue(language)) for language in LANGUAGES}


def _catalogue(language: str) -> Translations:
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=Locale(language))
    made = BytesIO()
    write_mo(made, catalogue)
    made.seek(0)
    return Translations(made)


def wanted(asked: str | None, remembered: str | None, accepted: str) -> str:
    """The language of an answer: the one asked for, else the one chosen before, else what the browser says.

    `accepted` is an Accept-Language header; whatever it holds, the answer is one of LANGUAGES.
    """
    for told in (asked, remembered):
        if told in LANGUAGES:
            return str(told)
    ranked = []
    for at, part in enumerate(accepted.split(",")[:20]):
        match = RANGE.fullmatch(part)
        if match and match[1].lower() in LANGUAGES:
            ranked.append((-float(match[2] or 1), at, match[1].lower()))
    return min(ranked)[2] if ranked and min(ranked)[0] < 0 else DEFAULT

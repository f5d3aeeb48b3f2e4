"""Localization of the pages: messages, terms, days, numbers and sizes in Vietnamese or English."""

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

LOCALE_FOLDER = Path(__file__).parent / "locale"
DEFAULT_LANGUAGE = "vi"
LANGUAGES = ("vi", "en")
VIET_NAM_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
# Days as offices write them: figures in Vietnamese, months in words in English, which has two orders.
LOCAL_DAY_PATTERNS = {"vi": "dd/MM/yyyy", "en": "d MMMM yyyy"}
LOCAL_INSTANT_PATTERNS = {"vi": "HH:mm dd/MM/yyyy", "en": "d MMMM yyyy, HH:mm"}
LANGUAGE_RANGE = re.compile(r"\s*([a-zA-Z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?))?\s*")


@dataclass(frozen=True, slots=True)
class Localizer:
    """Messages and formats of one language; messages are looked up by their English text."""

    language: str
    translations: Translations

    def __call__(self, message: str, **values: object) -> str:
        """Return the translated message with `values` filled in."""
        translation: str = self.translations.ugettext(message)
        return translation % values if values else translation

    def plural(self, singular: str, plural: str, n: int, **values: object) -> str:
        """Return the translated form for `n`; `%(n)s` in it is the formatted number."""
        translation: str = self.translations.ungettext(singular, plural, n)
        return translation % {"n": self.number(n), **values}

    def term(self, kind: str, value: object) -> str:
        """Return the word for a value of the closed list `kind`; untranslated values with blanks for _."""
        word = str(value)
        translation = str(self.translations.upgettext(kind, word))
        return word.replace("_", " ") if translation == word else translation

    def advice(self, kind: str, english: str) -> str:
        """Return what to do about a failure or sign; the English text without a translation."""
        translation = str(self.translations.upgettext("advice", kind))
        return english if translation == kind else translation

    def number(self, value: float) -> str:
        """Return a number with the language's separators: 1.234 or 1,234."""
        return format_decimal(value, locale=self.language)

    def share(self, value: float) -> str:
        """Return a share (0–1) as a percentage."""
        return format_percent(value, locale=self.language)

    def day(self, day: date | None) -> str:
        """Return a day in full; the word for undated when it is None."""
        return (
            format_date(day, LOCAL_DAY_PATTERNS[self.language], locale=self.language)
            if day
            else self("undated")
        )

    def instant(self, moment: datetime) -> str:
        """Return an instant as time and day in Viet Nam."""
        local = moment.astimezone(VIET_NAM_ZONE)
        return format_datetime(local, LOCAL_INSTANT_PATTERNS[self.language], locale=self.language)

    def printed(self, moment: PrintedTime | None) -> str:
        """Return a publication time as far as the page printed it: day and time, or the day alone."""
        if moment is None or moment.time is None:
            return self.day(moment.day if moment else None)
        return format_datetime(
            datetime.combine(moment.day, moment.time, UTC),
            LOCAL_INSTANT_PATTERNS[self.language],
            locale=self.language,
        )

    def size(self, count: int) -> str:
        """Return a number of bytes as MB, kB or bytes."""
        for unit, width in (("MB", 1_000_000), ("kB", 1_000)):
            if count >= width:
                return f"{format_decimal(count / width, '#,##0.#', locale=self.language)} {unit}"
        return f"{count} B"


def load_localizers() -> Mapping[str, Localizer]:
    """Return the localizer of every language, its catalogue read from `locale/`."""
    return {language: Localizer(language, _translations(language)) for language in LANGUAGES}


def _translations(language: str) -> Translations:
    with (LOCALE_FOLDER / f"{language}.po").open("rb") as po_file:
        translation_catalogue = read_po(po_file, locale=Locale(language))
    binary_translations = BytesIO()
    write_mo(binary_translations, translation_catalogue)
    binary_translations.seek(0)
    return Translations(binary_translations)


def negotiate_language(parameter: str | None, cookie: str | None, accept_language: str) -> str:
    """Return the language of an answer: the `lang` parameter's, else the cookie's, else Accept-Language's.

    The result is always one of LANGUAGES, whatever the header holds.
    """
    for language in (parameter, cookie):
        if language in LANGUAGES:
            return str(language)
    ranked_languages = []
    for position, accepted_range in enumerate(accept_language.split(",")[:20]):
        language_range = LANGUAGE_RANGE.fullmatch(accepted_range)
        if language_range and language_range[1].lower() in LANGUAGES:
            quality = float(language_range[2] or 1)
            ranked_languages.append((-quality, position, language_range[1].lower()))
    return min(ranked_languages)[2] if ranked_languages and min(ranked_languages)[0] < 0 else DEFAULT_LANGUAGE

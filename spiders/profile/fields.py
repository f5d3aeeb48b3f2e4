"""Field types of profiles: checked strings (regex, CSS, JSON path, duration), and the strict frozen model."""

from __future__ import annotations

import re
from typing import Annotated

from cssselect import GenericTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from spiders.profile.regex_safety import require_safe_regex

DURATION = re.compile(r"(\d+)([dhm])")
JSON_PATH = re.compile(r"[^.\s{}]+(?:\.[^.\s{}]+)*")
JSON_URL = re.compile(rf"[^{{}}]*(?:\{{{JSON_PATH.pattern}\}}[^{{}}]*)+")
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _css(selector: str) -> str:
    try:
        GenericTranslator().css_to_xpath(selector)
    except SelectorError as error:
        raise ValueError(f"not a CSS selector ({error}): {selector}") from error
    return selector


def _duration(text: str) -> str:
    if not DURATION.fullmatch(text):
        raise ValueError(f"not a duration like 1d, 12h or 30m: {text}")
    return text


def _json_path(path: str) -> str:
    if not JSON_PATH.fullmatch(path):
        raise ValueError(f"not a path of keys and indexes like data.items.0: {path}")
    return path


def _json_url(template: str) -> str:
    if not JSON_URL.fullmatch(template):
        raise ValueError(f"not an address with paths in braces like /bai-viet/{{slug}}-{{id}}: {template}")
    return template


def _hours(text: str) -> str:
    if not HOURS.fullmatch(text):
        raise ValueError(f"not hours like 22:00-05:30: {text}")
    return text


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Regex = Annotated[str, AfterValidator(require_safe_regex)]
JsonPath = Annotated[str, AfterValidator(_json_path)]
JsonUrl = Annotated[str, AfterValidator(_json_url)]
Css = Annotated[str, AfterValidator(_css)]
CssSelectors = Annotated[tuple[Css, ...], BeforeValidator(_as_tuple)]  # one selector, or several in order
Duration = Annotated[str, AfterValidator(_duration)]
Hours = Annotated[str, AfterValidator(_hours)]  # of the day, local time; they may go over midnight


class ProfileModel(BaseModel):
    """Model of a profile's table: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

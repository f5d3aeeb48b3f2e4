"""JSON of site APIs: values by path, URLs by template, times converted to Vietnam's zone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from spiders.markup.html import decode_markup

JSON_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*[{\[]")
TEMPLATE_PATH = re.compile(r"\{([^{}]+)\}")
UTC_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(?:Z|\+00:?00)")
VIETNAM = timezone(timedelta(hours=7))
MIN_UNIX_MILLISECONDS = 100_000_000_000  # from here on a number of seconds would lie beyond the year 5138
MIN_UNIX_SECONDS = 300_000_000  # seconds: 1979; a smaller number is no time of a web page
SAFE_IN_ADDRESS = "/%:@!$'()*+,;=~"  # left as they are in a value put into an address


def is_json(body: bytes) -> bool:
    """Return True when bytes begin like a JSON object or list."""
    return JSON_START.match(body[:200]) is not None


def parse_json(body: bytes, content_type: str | None) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse a JSON document. Raises ValueError with the position of the fault."""
    try:
        return json.loads(decode_markup(body, content_type).lstrip("\ufeff"), strict=False)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def value_at(document: Any, path: str) -> Any:  # noqa: ANN401
    """Return the value at a path of keys and indexes (`data.items.0.title`); None when there is none."""
    for step in path.split(".") if path else ():
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def value_text(value: object) -> str:
    """Return a string, number, or list of them (one a line) as text; empty for anything else."""
    if isinstance(value, list):
        return "\n".join(text for item in value if (text := value_text(item)))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def value_time(value: object) -> str:
    """Return a time as text: Unix times and UTC instants as ISO in Vietnam's zone, others verbatim."""
    text = value_text(value)
    if re.fullmatch(r"\d{9,13}", text):
        number = int(text)
        seconds = number / 1000 if number >= MIN_UNIX_MILLISECONDS else number
        if seconds >= MIN_UNIX_SECONDS:
            return datetime.fromtimestamp(int(seconds), VIETNAM).isoformat()
    if match := UTC_INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(match[1]).replace(tzinfo=UTC).astimezone(VIETNAM).isoformat()
        except (ValueError, OverflowError):
            return text
    return text


def fill_template(template: str, document: object) -> str | None:
    """Return a template with each `{path}` replaced by its value; None when one has no value."""
    is_whole_address = template.startswith("{")  # the value may be a whole address
    values = {path: value_text(value_at(document, path)) for path in TEMPLATE_PATH.findall(template)}
    if not all(values.values()):
        return None
    return TEMPLATE_PATH.sub(
        lambda hole: values[hole[1]] if is_whole_address else quote(values[hole[1]], safe=SAFE_IN_ADDRESS),
        template,
    )

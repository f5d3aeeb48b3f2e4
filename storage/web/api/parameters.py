"""Asked: the parameters several addresses share, and the rule that there are no others."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

HIGHEST = (1 << 53) - 1  # numbers JSON readers keep exactly
TIDY = r"^[^\x00-\x1f\x7f]*$"  # no control characters

Number = Annotated[int, Path(ge=1, le=HIGHEST, description="the number, for ever the same")]
Key = Annotated[str, Path(min_length=1, max_length=80, pattern=TIDY, description="key of the site")]
Named = Annotated[str, Path(min_length=1, max_length=200, pattern=TIDY, description="key, number or name")]
After = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before this one"),
]


def only_known(request: Request) -> None:
    """Refuses parameters that mean nothing here, and those told twice: a slip of the pen is no answer."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = {field.alias: field.field_info for field in route.dependant.query_params}
    times = Counter(name for name, _ in request.query_params.multi_items())
    wrong = [
        _error(name, f"unknown; known here: {', '.join(known) or 'none'}")
        for name in times
        if name not in known
    ]
    many = [name for name, count in times.items() if count > 1 and name != "kinds" and name in known]
    wrong += [_error(name, "told more than once") for name in many]
    if wrong:
        raise RequestValidationError(wrong)


def _error(name: str, message: str) -> dict[str, object]:
    return {"loc": ("query", name), "msg": message, "type": "value_error"}

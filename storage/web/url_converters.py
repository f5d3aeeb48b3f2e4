"""URL converter for row ids in paths: a number that no row can have leads to no page (404)."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor

from storage.database.ids import FORM, number_in

MAX_ROW_ID = 2**63 - 1  # fits every database's integers, and no row reaches it


class RowIdConvertor(Convertor[int]):
    """Converts `{number:number}` in a path; a path with anything else there is 404."""

    regex = FORM

    def convert(self, url_part: str) -> int:
        """Return the row id; MAX_ROW_ID, which no row has, for one that is too large."""
        return number_in(url_part) or MAX_ROW_ID

    def to_string(self, url_part: int) -> str:
        """Return the row id as it is written in a path."""
        return str(url_part)


def register_row_id_convertor() -> None:
    """Register the converter as `number`; call it before the first route that uses it is made."""
    register_url_convertor("number", RowIdConvertor())

"""Numbered: addresses with a number in them; a number nothing can have is no address."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor

from storage.database.ids import FORM, number_in

NOTHING = 2**63 - 1  # a number that fits every database's integers, and that no row reaches


class NumberConvertor(Convertor[int]):
    """`{number:number}` in a path: anything else than a number of the archive's is 404."""

    regex = FORM

    def convert(self, value: str) -> int:
        """The number; of too high a one, the highest, which nothing has."""
        return number_in(value) or NOTHING

    def to_string(self, value: int) -> str:
        """As it stands in a path."""
        return str(value)


def know_numbers() -> None:
    """Let paths have numbers in them; before the first route with one."""
    register_url_convertor("number", NumberConvertor())

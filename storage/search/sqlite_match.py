"""A query as an FTS5 MATCH expression."""

from __future__ import annotations

import re

from storage.search.tree import AllOf, AnyOf, Field, Node, Phrase, Site

PLACES = {
    None: "title words author file",
    Field.TITLE: "title",
    Field.AUTHOR: "author",
    Field.FILE: "file",
}
EXACT_PLACES = {
    None: "title_exact words_exact author_exact file_exact",
    Field.TITLE: "title_exact",
    Field.AUTHOR: "author_exact",
    Field.FILE: "file_exact",
}
_NOT_IN_A_WORD = re.compile(r"[\x00-\x2c/:-@\[-^`{-\x7f]")  # ASCII beyond letters, digits, - . _


def expression(node: Node, *, exact: bool = False) -> str:
    """The expression; with `exact`, what was typed with accents must stand with them."""
    match node:
        case Phrase():
            return _phrase(node, exact)
        case Site(name, prefix):
            return f'{{site}} : "{site_word(name)}"{" *" if prefix else ""}'
        case AnyOf(nodes):
            return "(" + " OR ".join(expression(below, exact=exact) for below in nodes) + ")"
        case AllOf(nodes, without):
            wanted = dict.fromkeys(expression(below, exact=exact) for below in nodes)
            found = "(" + " AND ".join(wanted) + ")"
            if not without:
                return found
            # What a word finds, its exclusion takes away: accents or not.
            return f"({found} NOT ({' OR '.join(expression(below) for below in without)}))"


def _phrase(phrase: Phrase, exact: bool) -> str:
    if exact and phrase.accented:
        places, words = EXACT_PLACES, phrase.exact
    else:
        places, words = PLACES, phrase.fold
    return f'{{{places[phrase.field]}}} : "{" ".join(words)}"{" *" if phrase.prefix else ""}'


def site_word(site: str) -> str:
    """A site's key as one word; a key's beginning becomes the word's beginning."""
    return _NOT_IN_A_WORD.sub(lambda match: f"={ord(match[0]):02x}", site.casefold())

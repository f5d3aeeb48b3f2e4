"""A query as the text of a tsquery."""

from __future__ import annotations

from storage.search.tree import AllOf, AnyOf, Field, Node, Phrase, Site

EXACT_MARK = "="  # no word begins with a sign, so marked words are never met by chance
SITE_MARK = "@"
LABELS = {None: "", Field.TITLE: "A", Field.AUTHOR: "C", Field.FILE: "B"}


def expression(node: Node, *, exact: bool = False) -> str:
    """The tsquery; with `exact`, what was typed with accents must stand with them."""
    match node:
        case Phrase():
            return _phrase(node, exact)
        case Site(name, prefix):
            return quoted(SITE_MARK + name) + (":*" if prefix else "")
        case AnyOf(nodes):
            return "(" + " | ".join(expression(below, exact=exact) for below in nodes) + ")"
        case AllOf(nodes, without):
            # What a word finds, its exclusion takes away: accents or not.
            unwanted = [f"!{expression(below)}" for below in without]
            wanted = dict.fromkeys(expression(below, exact=exact) for below in nodes)
            return "(" + " & ".join([*wanted, *unwanted]) + ")"


def _phrase(phrase: Phrase, exact: bool) -> str:
    if exact and phrase.accented:
        words = [quoted(EXACT_MARK + word) for word in phrase.exact]
    else:
        words = [quoted(word) for word in phrase.fold]
    label = LABELS[phrase.field]
    labels = [label] * (len(words) - 1) + [("*" if phrase.prefix else "") + label]
    marked = (f"{word}:{at}" if at else word for word, at in zip(words, labels, strict=True))
    return "(" + " <-> ".join(marked) + ")"


def quoted(word: str) -> str:
    """A word as a literal of tsvector and tsquery."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"

"""Generate Vietnamese trade-union prose: stories from topics, sentences with slots, and facts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any, Literal

from crawler.demo.prose_names import PROSE_FOLDER, Facts, story_facts

SLOT = re.compile(r"\{(\w+)(?::(\d+)-(\d+))?\}")
CHOICE = re.compile(r"\[([^\[\]]+)\]")
BlockKind = Literal["text", "head", "item", "table", "picture"]
# Words a sentence may begin with and lose their capital after a connective.
LOWERED_OPENERS = frozenset(
    ("Mỗi", "Các", "Những", "Nhiều", "Một", "Tại", "Cách", "Không", "Ở", "Kinh", "Sân", "Danh")
)
MIN_BODY_SYLLABLES, MAX_BODY_SYLLABLES = 300, 690  # syllables of a body before its ending


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article's body, in print order."""

    kind: BlockKind
    text: str = ""  # the paragraph, heading, item with its mark, or the picture's caption
    rows: tuple[tuple[str, ...], ...] = ()  # of a table, its head first


@dataclass(frozen=True, slots=True)
class ProseStory:
    """A generated story in its first form; sites print it with their edits."""

    ident: str
    topic: str
    home: str  # key of the site it was written for
    day: Day
    title: str
    lead: str
    other_lead: str  # what an editor who changes the lead writes instead
    addition: str  # a paragraph that is added when the article is corrected
    blocks: tuple[Block, ...]
    paper: str  # title of the document that may be attached
    facts: Facts


@cache
def topics() -> Mapping[str, Mapping[str, Any]]:
    """Return every topic by its name."""
    topics_by_name: dict[str, Mapping[str, Any]] = {}
    for name in ("to_chuc", "cham_lo", "phong_trao"):
        topics_by_name |= tomllib.loads((PROSE_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return topics_by_name


@cache
def shared_sentences() -> Mapping[str, Any]:
    """Return the sentences that fit any topic."""
    return tomllib.loads((PROSE_FOLDER / "chung.toml").read_text(encoding="utf-8"))


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")


class SentenceWriter:
    """Fills sentences for one story; all random choices come from one generator."""

    def __init__(self, rng: Random, facts: dict[str, str], day: Day) -> None:
        self.rng = rng
        self.facts = facts
        self.day = day
        self._drawn: Mapping[str, Callable[[], str]] = {
            "vb": lambda: self.line(shared_sentences()["documents"]),
            "luat": lambda: self.line(shared_sentences()["laws"]),
            "chon_qua": lambda: self.line(shared_sentences()["gifts"]),
            "chon_loai": lambda: self.line(shared_sentences()["grades"]),
            "ngq": self._past_day,
            "ngk": self._other_day,
            "gio": lambda: f"{rng.randint(7, 16)} giờ {rng.choice(('00', '15', '30', '45'))} phút",
        }

    def line(self, lines: list[str]) -> str:
        """Return one of the sentences, filled."""
        return self.fill(self.rng.choice(lines))

    def fill(self, sentence: str) -> str:
        """Return the sentence with choices and slots filled, its first letter upper case."""
        sentence_with_choices = CHOICE.sub(lambda match: self.rng.choice(match[1].split("|")), sentence)
        text = SLOT.sub(self._slot, sentence_with_choices)
        return text[:1].upper() + text[1:]

    def _slot(self, match: re.Match[str]) -> str:
        name, low, high = match.groups()
        if low is not None:
            return self._number(name, self.rng.randint(int(low), int(high)))
        return self._drawn[name]() if name in self._drawn else self.facts[name]

    def _number(self, name: str, number: int) -> str:
        if name == "n0":
            return f"{number:02d}"
        if name == "pct":
            return f"{number}%" if self.rng.random() < 0.5 else f"{number},{self.rng.randint(1, 9)}%"
        return f"{_thousands(number)} triệu đồng" if name == "tr" else _thousands(number)

    def _past_day(self) -> str:
        day = self.day - timedelta(days=self.rng.randint(20, 900))
        return f"{day.day}/{day.month}/{day.year}"

    def _other_day(self) -> str:
        day = self.day + timedelta(days=self.rng.randint(-40, 40))
        form = self.rng.choice(("{0.day}/{0.month}", "{0.day}.{0.month}", "{0.day}-{0.month}-{0.year}"))
        return form.format(day)


def syllables(text: str) -> int:
    """Count syllables: Vietnamese writes each as a word."""
    return len(text.split())


def _sentences(writer: SentenceWriter, topic: Mapping[str, Any]) -> Iterator[str]:
    """Yield the topic's own sentences, then background until the drawn length is reached."""
    rng = writer.rng
    target = rng.randint(MIN_BODY_SYLLABLES, MAX_BODY_SYLLABLES)
    own = rng.sample(topic["ideas"], rng.randint(5, 8))
    background = rng.sample(shared_sentences()["background"], 30)
    length = 0
    for number, sentence in enumerate([*own, *background]):
        if number >= len(own) and length >= target:
            return
        filled = writer.fill(sentence)
        length += syllables(filled)
        yield filled


def _joined(rng: Random, sentences: list[str]) -> str:
    """Join sentences to a paragraph; a later one sometimes begins with a connective."""
    first, *rest = sentences
    parts = [first]
    for sentence in rest:
        linked = sentence.split()[0] in LOWERED_OPENERS and rng.random() < 0.3
        link = rng.choice(shared_sentences()["connectives"]) if linked else ""
        parts.append(link + (sentence[:1].lower() + sentence[1:] if link else sentence))
    return " ".join(parts)


def _paragraphs(writer: SentenceWriter, topic: Mapping[str, Any]) -> list[Block]:
    rng = writer.rng
    first, *rest = _sentences(writer, topic)
    rng.shuffle(rest)
    sentences = [first, *rest]
    blocks = []
    while sentences:
        size = rng.choice((1, 1, 2, 2, 2, 3))
        blocks.append(Block("text", _joined(rng, sentences[:size])))
        del sentences[:size]
    return blocks


def _speech(writer: SentenceWriter, topic: Mapping[str, Any]) -> list[Block]:
    count = writer.rng.choice((0, 1, 1, 2))
    quotes = writer.rng.sample(topic["quotes"], count)
    frames = writer.rng.sample(shared_sentences()["speech"], count)
    quotations = (frame.replace("{loi}", quote) for frame, quote in zip(frames, quotes, strict=True))
    return [Block("text", writer.fill(sentence)) for sentence in quotations]


def _list(writer: SentenceWriter, topic: Mapping[str, Any]) -> list[Block]:
    rng = writer.rng
    mark = rng.choice(("- ", "- ", "+ "))
    items = rng.sample(topic["items"], rng.randint(3, len(topic["items"])))
    ends = [";"] * (len(items) - 1) + ["."]
    list_items = [
        Block("item", mark + writer.fill(item) + end) for item, end in zip(items, ends, strict=True)
    ]
    return [Block("text", writer.line(shared_sentences()["list_intro"])), *list_items]


def _table(writer: SentenceWriter, topic: Mapping[str, Any]) -> list[Block]:
    rows = tuple(tuple(writer.fill(cell) for cell in row) for row in topic["rows"])
    head = tuple(topic["table"])
    return [Block("text", writer.line(shared_sentences()["table_intro"])), Block("table", rows=(head, *rows))]


def _body(writer: SentenceWriter, topic: Mapping[str, Any]) -> tuple[Block, ...]:
    rng = writer.rng
    blocks = _paragraphs(writer, topic)
    for quotation in _speech(writer, topic):
        blocks.insert(rng.randint(1, len(blocks)), quotation)
    heads = rng.sample(topic["heads"], rng.choice((0, 0, 1, 2)))
    for part, head in enumerate(heads, 1):
        blocks.insert(len(blocks) * part // (len(heads) + 1), Block("head", writer.fill(head)))
    captions = rng.sample(shared_sentences()["captions"], rng.choice((0, 1, 1, 2)))
    for caption in captions:
        blocks.insert(rng.randint(1, len(blocks)), Block("picture", writer.fill(caption)))
    if rng.random() < 0.5:
        blocks += _list(writer, topic)
    if "rows" in topic and rng.random() < 0.3:
        blocks += _table(writer, topic)
    return (*blocks, Block("text", writer.line(shared_sentences()["closings"])))


def write_story(ident: str, seed: int, home: str, day: Day, set_in: str | None = None) -> ProseStory:
    """Generate the story `ident`, the same for one seed, home and day; set in `place`, else in its home."""
    rng = Random(f"{seed}/{ident}/{home}/{day}")
    set_in = set_in or home
    topic_names = [
        name for name, topic in topics().items() if set_in != "van_phong_dbqh_hdnd" or "office" in topic
    ]
    name = rng.choice(topic_names)
    topic = topics()[name]
    facts = story_facts(rng, set_in, day, industrial="office" not in topic)
    writer = SentenceWriter(rng, facts, day)
    return ProseStory(
        ident=ident,
        topic=name,
        home=home,
        day=day,
        title=writer.line(topic["titles"]),
        lead=writer.line(topic["leads"]),
        other_lead=writer.line(shared_sentences()["other_leads"]),
        addition=writer.line(shared_sentences()["additions"]),
        blocks=_body(writer, topic),
        paper=writer.line(shared_sentences()["attachments"]),
        facts=facts,
    )

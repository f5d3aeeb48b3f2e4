"""What is kept in the archive, and what is then asked of it with the answer known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from benchmarks.dedup.corpus import Original, RealPair
from benchmarks.dedup.edits import COPIES, CUT, HARDER, QUOTED, Draft
from benchmarks.dedup.forms import NUMBER, retold, templates, written
from storage.stories.relations import SAME_STORY_KINDS, RelationKind

LEAST_NUMBERS = 6  # in a text that is taken for a form: one without numbers is none
REPLICAS = "replicas' copies"
REPLICA_OTHERS = "replicas, nobody's copies"
RETOLD = "real texts, other particulars"
REAL = {"copy": "real copies", "follow_up": "real follow-ups", "form": "real forms"}
HELD = frozenset({RelationKind.QUOTING, RelationKind.QUOTED})
OURS_ARE_STORIES = (*COPIES, REPLICAS, REAL["copy"])
FORM = "form: "  # … and its name
APART = (RETOLD, REPLICA_OTHERS, REAL["follow_up"], REAL["form"])


@dataclass(frozen=True, slots=True)
class Case:
    """One text asked of the archive."""

    group: str
    text: str
    origins: frozenset[str] = frozenset()  # what it must be found akin to; none = nobody
    right: frozenset[RelationKind] = SAME_STORY_KINDS  # how
    besides: str | None = None  # it is kept itself under this name
    neutral: frozenset[str] = frozenset()  # may be found or not
    against: str | None = None  # only what is said of this one counts
    title: str = ""  # where the case turns on it


@dataclass(slots=True)
class Material:
    """All texts of one run."""

    kept: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)  # of kept texts, where cases turn on them

    def keep(self, originals: Sequence[Original]) -> None:
        """Keep articles in the archive."""
        self.kept |= {original.ident: original.text for original in originals}


def edited(originals: Sequence[Original], rng: Random) -> Iterator[Case]:
    """Every edit of every article; passages are drawn from the next one."""
    for number, original in enumerate(originals):
        other = originals[(number + 1) % len(originals)]
        draft = Draft(original.lead, original.body, other.lead or "", other.body)
        for name, edit in {**COPIES, **HARDER, **CUT}.items():
            yield Case(name, edit(draft, rng), frozenset({original.ident}))
        for name, edit in QUOTED.items():
            outer = frozenset({other.ident})
            yield Case(name, edit(draft, rng), frozenset({original.ident}), HELD, neutral=outer)


def forms(each: int, rng: Random, *, held_out: bool) -> tuple[dict[str, str], list[Case]]:
    """Official texts in one form: half of them kept, the other half asked."""
    kept: dict[str, str] = {}
    cases: list[Case] = []
    for form, template in templates(held_out).items():
        kept |= {f"form-{form}-{number}": written(template, rng) for number in range(each)}
        cases += [Case(f"{FORM}{form}", written(template, rng)) for _ in range(each)]
    return kept, cases


def retold_cases(originals: Sequence[Original], rng: Random) -> Iterator[Case]:
    """Real articles that tell numbers, with all their numbers and names exchanged."""
    for original in originals:
        if len(NUMBER.findall(original.text)) >= LEAST_NUMBERS:
            yield Case(RETOLD, retold(original.text, rng))


def replica_cases(
    articles: dict[str, Original], stories: Sequence[frozenset[str]], alone: int
) -> Iterator[Case]:
    """Every copy on the replicas, and so many articles that are nobody's copy."""
    for story in stories:
        if len(story) > 1:
            for url in sorted(story):
                yield Case(REPLICAS, articles[url].text, story - {url}, besides=url)
    for story in [story for story in stories if len(story) == 1][:alone]:
        (url,) = story
        yield Case(REPLICA_OTHERS, articles[url].text, besides=url)


def real_cases(pairs: Sequence[RealPair], known: dict[str, Original]) -> Iterator[Case]:
    """The labelled pairs whose two articles are at hand."""
    for pair in pairs:
        if pair.older in known and pair.newer in known:
            origins = frozenset({pair.older} if pair.label == "copy" else ())
            new, old = known[pair.newer], pair.older
            group = REAL[pair.label]
            yield Case(group, new.text, origins, besides=pair.newer, against=old, title=new.title)

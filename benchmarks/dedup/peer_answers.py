"""The peers over the same texts, each in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dedup.cases import Material
from benchmarks.dedup.ours import Answer
from benchmarks.reading.contenders import HERE as READING
from benchmarks.reading.contenders import PeerError, environment
from pipelines.duplicates.shingles import fold_text
from storage.stories.relations import RelationKind

HERE = Path(__file__).parent / "peers"
PEERS = {"datasketch": HERE, "simhash": HERE, "trafilatura": READING}  # and where its pins are
DISTANCES = (3, 10)  # of 64 bits, that two simhashes of one text may differ by


@dataclass(frozen=True, slots=True)
class PeerAnswers:
    """What one peer said at one setting."""

    name: str
    answers: list[Answer]  # by case
    per_text: float  # CPU ms to sign one text


def asked(name: str, material: Material, folder: Path) -> Iterator[PeerAnswers]:
    """A peer's answers, at each of its settings; raises PeerError when it cannot be set up or fails."""
    told = _run(name, material, folder)
    cost = told["cpu_seconds"] * 1000 / (len(material.kept) + len(material.cases))
    idents = list(material.kept)
    if "found" in told:
        found = [[idents[at] for at in row] for row in told["found"]]
        yield PeerAnswers(f"{name} .5", _answers(material, found), cost)
        return
    kept, texts = (np.array(told[part], dtype=np.uint64) for part in ("kept", "asked"))
    far = [np.bitwise_count(kept ^ one) for one in texts]
    for most in DISTANCES:
        found = [[idents[at] for at in np.flatnonzero(row <= most)] for row in far]
        yield PeerAnswers(f"{name} ≤ {most}", _answers(material, found), cost)


def _answers(material: Material, found: list[list[str]]) -> list[Answer]:
    """A peer knows no kinds: what it finds is taken for right wherever something is to be found."""
    answers = []
    for case, row in zip(material.cases, found, strict=True):
        named = frozenset(row) - {case.besides}
        right = next(iter(sorted(case.right)), RelationKind.COPY)
        kinds = {ident: right if ident in case.origins else RelationKind.COPY for ident in named if ident}
        answers.append(Answer(frozenset(kinds), kinds))
    return answers


def _run(name: str, material: Material, folder: Path) -> dict[str, Any]:
    """Texts go folded to those that take them as words; trafilatura's has rules of its own."""
    prepare = str if name == "trafilatura" else fold_text
    texts = {
        "kept": [prepare(text) for text in material.kept.values()],
        "asked": [prepare(case.text) for case in material.cases],
    }
    given, out = folder / f"{name}-texts.json", folder / f"{name}.json"
    given.write_text(json.dumps(texts), encoding="utf-8")
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONHASHSEED": "0"}
    command = [str(environment(name, PEERS[name])), "-W", "ignore", str(HERE / f"ask_{name}.py")]
    files = (str(given), str(out))
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False, env=surroundings)
    if done.returncode:
        told = " / ".join(done.stderr.strip().splitlines()[-3:])
        raise PeerError(f"{name}: {told}; see {PEERS[name].name}/{name}.txt, or leave it out with --peers")
    answers: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return answers

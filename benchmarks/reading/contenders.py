"""Who reads: our own reader and its peers, each in a process, every peer in an environment of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.apart import apart
from benchmarks.reading.answers import Answer, answer_of
from benchmarks.reading.ours import read_folder

HERE = Path(__file__).parent / "peers"
PEERS = ("trafilatura", "newspaper4k", "newsplease", "readability")
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader made of all pages."""

    name: str
    answers: dict[str, Answer]  # by page
    requests: int = 0  # times it asked for the network, which was off


class PeerError(Exception):
    """A peer that could not be set up or did not run: names it and says what to do."""


def cache_folder() -> Path:
    """Where the peers' environments are kept between runs: the user's cache, or CONGDOAN_PEERS."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("CONGDOAN_PEERS", cache / "congdoan-archive" / "peers"))


def environment(peer: str, folder_of_pins: Path = HERE) -> Path:
    """The Python of a peer's own environment; made and filled the first time, or when its pins changed."""
    pins = folder_of_pins / f"{peer}.txt"
    mark = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache_folder() / f"{peer}-{mark}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        _call(peer, [sys.executable, "-m", "venv", "--clear", str(folder)])
        _call(peer, [str(python), "-m", "pip", "install", "-q", "--no-deps", "-r", str(pins)])
        (folder / "ready").touch()
    return python


def _call(peer: str, command: Sequence[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise PeerError(
            f"{peer}: `{' '.join(command[1:4])} …` failed ({' / '.join(told)}); see "
            f"benchmarks/reading/peers/{peer}.txt, or leave it out with --peers"
        )


def read_all(name: str, folder: Path) -> Reading:
    """Every page of the folder by one reader; raises PeerError, or CalledProcessError for our own."""
    if name == OURS:
        return Reading(name, _answers(apart(read_folder, folder)))
    out = folder / f"{name}.json"
    python = environment(name)
    # Neither our own packages nor the user's settings; its cache, where it wants one, is the pages' folder.
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONHASHSEED": "0"}
    script = str(HERE / f"read_{name}.py")
    _call(name, [str(python), "-W", "ignore", script, str(folder), str(out)], env=surroundings)
    told = json.loads(out.read_text(encoding="utf-8"))
    return Reading(name, _answers(told["answers"]), told["requests"])


def _answers(told: Sequence[dict[str, Any]]) -> dict[str, Answer]:
    return {answer["ident"]: answer_of(answer) for answer in told}

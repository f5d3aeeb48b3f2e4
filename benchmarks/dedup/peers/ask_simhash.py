"""simhash: 64 bits over three folded syllables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time

from simhash import Simhash


def _signed(text: str) -> int:
    words = text.split()
    return int(Simhash([" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))]).value)


if __name__ == "__main__":
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    started = process_time()
    told = {part: [_signed(text) for text in texts[part]] for part in ("kept", "asked")}
    spent = process_time() - started
    Path(sys.argv[2]).write_text(json.dumps({**told, "cpu_seconds": spent}), encoding="utf-8")

"""datasketch: MinHash of 128 permutations over three folded syllables, and its LSH at Jaccard .5."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time

from datasketch import MinHash, MinHashLSH


def _signed(text: str) -> MinHash:
    words = text.split()
    signature = MinHash(num_perm=128)
    signature.update_batch({" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))})
    return signature


if __name__ == "__main__":
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    started = process_time()
    kept, asked = ([_signed(text) for text in texts[part]] for part in ("kept", "asked"))
    spent = process_time() - started
    index = MinHashLSH(threshold=0.5, num_perm=128)
    for number, signature in enumerate(kept):
        index.insert(number, signature)
    found = [sorted(index.query(signature)) for signature in asked]
    Path(sys.argv[2]).write_text(json.dumps({"found": found, "cpu_seconds": spent}), encoding="utf-8")

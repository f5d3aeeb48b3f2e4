"""trafilatura: its own Simhash, 64 bits over words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time

from trafilatura.deduplication import Simhash

if __name__ == "__main__":
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    started = process_time()
    told = {part: [Simhash(text).hash for text in texts[part]] for part in ("kept", "asked")}
    spent = process_time() - started
    Path(sys.argv[2]).write_text(json.dumps({**told, "cpu_seconds": spent}), encoding="utf-8")

"""What every peer's script shares: reads the folder of pages without a network and writes its answers.

Runs inside a peer's own environment: nothing but the standard library is imported here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

WARM = 8  # one page in so many is read once before the clock runs: what is loaded late is loaded then
NETWORK = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
asked: list[str] = []


class NetworkUsedError(OSError):
    """The library wanted the network."""


def _heard(event: str, told: tuple[Any, ...]) -> None:
    if event in NETWORK:
        asked.append(event)
        raise NetworkUsedError(event)


def run(read: Callable[[str, str], dict[str, Any]]) -> None:
    """`script FOLDER OUT`: each page as text and its address through `read`; JSON out."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    listed = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
    pages = [(told["ident"], told["url"], (folder / told["file"]).read_bytes()) for told in listed]
    sys.addaudithook(_heard)
    for _, url, body in pages[::WARM]:
        _try(read, body, url)
    asked.clear()
    answers = []
    for ident, url, body in pages:
        started = process_time()
        told = _try(read, body, url)
        answers.append({"ident": ident, "cpu_ms": (process_time() - started) * 1000, **told})
    found = {"answers": answers, "requests": len(asked)}
    out.write_text(json.dumps(found, ensure_ascii=False, default=str), encoding="utf-8")


def _try(read: Callable[[str, str], dict[str, Any]], body: bytes, url: str) -> dict[str, Any]:
    try:
        return read(body.decode("utf-8", "replace"), url)
    except Exception as error:  # noqa: BLE001 - whatever a library raises on a page, the next page is read
        return {"error": f"{type(error).__name__}: {error}"[:200]}

"""The process that crawls: night after night, at the instant it is told, through `congdoan nightly` itself.

It may be killed at any time; the next one goes on. Its imports stand in a function: every reader process
imports the main module anew, and the command line with all that it needs takes seconds.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def crawl(arguments: list[str], at: datetime) -> tuple[int, str]:
    """Exit code and output of one night."""
    import time_machine

    from crawler.cli.main import run

    said = io.StringIO()
    with time_machine.travel(at, tick=True), redirect_stdout(said):
        code = run(arguments)
    return code, said.getvalue()


def main() -> None:
    """A line in: `{"at": …, "arguments": […]}`; a line out: `{"code": …, "said": …, "rss": …}`."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        told = json.loads(line)
        code, said = crawl(told["arguments"], datetime.fromisoformat(told["at"]))
        answers.write(json.dumps({"code": code, "said": said[-20_000:], "rss": resident()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

"""A function run in a fresh Python process, so that it finds nobody else's imports, caches or garbage.

(A process spawned by multiprocessing would import the caller's main module first, with all it needs.)
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a module's function there; raises CalledProcessError when it raises."""
    work = pickle.dumps((function, args, kwargs))
    done = subprocess.run([sys.executable, "-m", __name__], input=work, stdout=subprocess.PIPE, check=True)
    result: T = pickle.loads(done.stdout)  # noqa: S301 - our own process wrote it
    return result


if __name__ == "__main__":
    asked, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
    sys.stdout.buffer.write(pickle.dumps(asked(*args, **kwargs)))

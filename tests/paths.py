"""Where the repository is, and the material that is tested on but stays outside of it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("CONGDOAN_SHARED") or ROOT.parent / "shared")  # tests that use it skip without

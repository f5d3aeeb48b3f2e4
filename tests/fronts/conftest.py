from __future__ import annotations

from pathlib import Path

import pytest

from tests.stand_in import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty archive for the nights of one test."""
    return Archive(tmp_path)

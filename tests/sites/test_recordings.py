"""Every site's recording, crawled again through the whole real path and held against its golden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from crawler.demo.site_systems import SYSTEMS
from spiders.profile.site_profile import load_profiles
from storage.warc.record_reader import read_all
from tests.cassettes import playing
from tests.offline import offline
from tests.sites import golden as goldens

PROFILES = load_profiles()
RECORDED = [site for site in sorted(PROFILES) if goldens.cassette_of(site).exists()]
LARGEST = 400_000  # bytes of a cassette


@pytest.mark.parametrize("site", sorted({*SYSTEMS, *RECORDED}))
def test_every_site_that_can_be_crawled_here_has_a_recording(site: str) -> None:
    """The registry also holds sites of which no page was ever met: those have nothing to record yet."""
    for path in (goldens.cassette_of(site), goldens.golden_of(site)):
        assert path.exists(), f"{path} is missing: run `make record SITE={site}`"
    assert goldens.cassette_of(site).stat().st_size <= LARGEST


def test_every_recording_has_a_profile() -> None:
    kept = {path for site in PROFILES for path in (goldens.cassette_of(site), goldens.golden_of(site))}
    files = {path for path in goldens.SITES.rglob("*.*") if path.suffix not in {".py", ".pyc"}}
    left = sorted(map(str, files - kept))
    assert not left, "recordings of no site: remove them, or name the profile as they are named"


@pytest.mark.parametrize("site", RECORDED)
def test_a_recording_is_stored_as_a_person_has_read_it(site: str, tmp_path: Path) -> None:
    path, cassette = goldens.golden_of(site), goldens.cassette_of(site)
    golden = goldens.load(path)
    profile = goldens.as_recorded(PROFILES[site], golden["source"])
    with offline():
        found = goldens.crawled(profile, goldens.replay_config(tmp_path, profile), playing(cassette))
    differing = goldens.difference(golden, {**facts(golden), **found})
    assert not differing, (
        f"{site} is no longer stored as {path.name} says. If that is right, run "
        f"`python -m tests.sites.record {site} --golden` and read the golden again.\n{differing}"
    )
    assert Counter(archived(tmp_path / "warc")) == Counter(answers(cassette))
    if golden["read_by_a_person"] is not True or not golden["read_on"]:
        pytest.fail(goldens.UNREAD.format(path=path))


def facts(golden: goldens.Golden) -> goldens.Golden:
    return {key: golden[key] for key in ("source", "recorded_on")}


def archived(folder: Path) -> Iterator[tuple[str, int, bytes]]:
    """Every response in the WARCs: URL, status, body as sent."""
    for path in folder.glob("*.warc.gz"):
        for _, response in read_all(path):
            yield response.url, response.status, response.body


def answers(cassette: Path) -> Iterator[tuple[str, int, bytes]]:
    """Every response in a cassette; failures were none."""
    for exchange in yaml.safe_load(cassette.read_text(encoding="utf-8"))["interactions"]:
        told = exchange["response"]
        body = told["body"]["string"]
        if told["status"]["code"]:
            sent = body if isinstance(body, bytes) else body.encode()
            yield exchange["request"]["uri"], told["status"]["code"], sent

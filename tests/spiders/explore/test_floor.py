"""The floor of `site new`: skins under addresses it was not written for, and what it once failed on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.exploring import chosen, confusion, table
from benchmarks.unknown import Outcome, measure
from crawler.demo.site_systems import System
from tests.platforms.family import families
from tests.platforms.unseen import families as unseen
from tests.spiders.explore.variants import families as variants

ONCE_FAILED = {  # site → its platform
    "dotnetnuke_cu_xanh": "dotnetnuke",
    "liferay_asset_dak_lak": "liferay",
    "aspnet_mvc_moi_cam": "aspnet_mvc",
}

FAILED_UNSEEN = {"nukeviet_lua", "wordpress_gom", "khac_tinh"}  # at the first try of 22


def once_failed() -> list[System]:
    systems = [system for family in families().values() for system in family]
    return [system for system in systems if system.key in ONCE_FAILED]


@pytest.mark.parametrize(
    "name",
    [name if name == "number" else pytest.param(name, marks=pytest.mark.slow) for name in sorted(variants())],
)
def test_known_skins_under_other_addresses_need_no_mending(name: str, tmp_path: Path) -> None:
    found = measure(name, variants()[name][:1], tmp_path, lean=True)
    assert [(one.site, one.trouble, one.wrong) for one in found if not one.good] == []


@pytest.mark.slow
def test_what_once_failed_needs_no_mending(tmp_path: Path) -> None:
    found = measure("once failed", once_failed(), tmp_path, lean=True)
    assert len(found) == len(ONCE_FAILED)
    assert [(one.site, one.trouble, one.wrong) for one in found if not one.good] == []
    assert {one.site: one.platform for one in found} == ONCE_FAILED


@pytest.mark.slow
def test_what_failed_when_nobody_had_seen_it_needs_no_mending(tmp_path: Path) -> None:
    systems = [system for family in unseen().values() for system in family if system.key in FAILED_UNSEEN]
    found = measure("failed unseen", systems, tmp_path, lean=True)
    assert len(found) == len(FAILED_UNSEEN)
    assert [(one.site, one.trouble, one.wrong) for one in found if not one.good] == []


def test_the_table_tells_sites_that_need_mending_and_platforms_taken_for_others() -> None:
    good = Outcome("joomla", "joomla_a", 30, 30, "joomla", 40, 1.0, 1.0, 1.0, 0.99)
    late = replace(good, site="joomla_b", platform=None, days=0.9)
    none = Outcome("joomla_new", "joomla_c", 40, 12, "wordpress", trouble="no article pattern was found")
    assert (good.good, late.good, none.good) == (True, False, False)
    told = table([good, late, none])
    assert "1 of 3 sites need no mending" in told
    assert "platform guessed right: 1 of 3" in told
    assert confusion([good, late, none]) == {
        ("joomla", "joomla"): 1,
        ("joomla", "none"): 1,
        ("joomla", "wordpress"): 1,
    }


def test_further_families_come_from_a_module_that_is_named() -> None:
    assert set(chosen(["tests.spiders.explore.variants"], [])) == set(variants())
    assert set(chosen([], ["demo", "vnpt"])) == {"demo", "vnpt"}

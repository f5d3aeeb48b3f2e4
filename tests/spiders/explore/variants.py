"""Known skins under addresses nobody wrote the explorer for: what tells pages apart is moved about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawler.demo.site_systems import System
from tests.platforms.family import families as known

ALIKE = {  # sections, their further pages and articles have one form
    "article": "/{slug}-{id}.html",
    "listing": "/{section}-{number}.html",
    "further": "/{section}-{number}.html?trang={page}",
    "soft_404": "/bai-da-go-7.html",
    "dead": "/bai-da-go-9.html",
    "print_twin": "/in-bai/{id}",
}
BY_NUMBER = {  # sections and articles are told apart by a number alone
    "article": "/tin/{id}",
    "listing": "/tin/{number}",
    "further": "/tin/{number}?trang={page}",
    "soft_404": "/tin/70001",
    "dead": "/tin/70002",
    "print_twin": "/in/{id}",
}
BY_QUERY = {  # one script, everything in parameters
    "article": "/index.php?mod=tin&id={id}",
    "listing": "/index.php?mod=muc&id={number}",
    "further": "/index.php?mod=muc&id={number}&trang={page}",
    "soft_404": "/index.php?mod=tin&id=7",
    "dead": "/index.php?mod=tin&id=9",
    "print_twin": "/index.php?mod=in&id={id}",
}
BARE = {  # names at the root, as WordPress may be set
    "article": "/{slug}/",
    "listing": "/{section}/",
    "further": "/{section}/page/{page}/",
    "soft_404": "/bai-viet-da-go-xuong/",
    "dead": "/bai-viet-khong-con/",
    "print_twin": "/print/{id}/",
}
FORMS: Mapping[str, Mapping[str, str]] = {
    "alike": ALIKE,
    "number": BY_NUMBER,
    "query": BY_QUERY,
    "bare": BARE,
}
DRESSED = {
    "alike": ("nukeviet_v4_gov", "vnpt_moi_sen"),
    "number": ("aspnet_mvc_moi_cam", "joomla_content_tinh"),
    "query": ("dotnetnuke_cu_do", "joomla_k2_nganh"),
    "bare": ("wordpress_block_tin", "liferay_journal_dak_lak"),
}


def families() -> dict[str, tuple[System, ...]]:
    """Two skins under each form of addresses."""
    systems = {system.key: system for family in known().values() for system in family}
    return {
        name: tuple(_moved(systems[key], name, forms) for key in DRESSED[name])
        for name, forms in FORMS.items()
    }


def _moved(system: System, name: str, forms: Mapping[str, Any]) -> System:
    key = f"{name}_{system.key}"
    identity = system.identity | {"mod", "id", "trang"}
    return replace(system, key=key, domain=f"{key.replace('_', '-')}.example", identity=identity, **forms)

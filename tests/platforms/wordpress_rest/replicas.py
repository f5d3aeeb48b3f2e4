"""WordPress's REST API in two skins: with and without index.php and extensions; classic and block editor."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent


def _forms(root: str) -> dict[str, str]:
    return {
        "article": f"{root}/wp-json/wp/v2/posts/{{id}}?_embed=1",
        "listing": f"{root}/wp-json/wp/v2/posts",
        "further": f"{root}/wp-json/wp/v2/posts?page={{page}}",
        "soft_404": f"{root}/wp-json/wp/v2/posts/7?_embed=1",
        "dead": f"{root}/wp-json/wp/v2/posts/9?_embed=1",
    }


PLAIN = Skin(
    file="skin_goc.html",
    name="Liên đoàn Lao động tỉnh",
    place="congdoanbackan",
    sections=(ReplicaSection("tin-hoat-dong", 3, ("Tin hoạt động",)),),
    forms=_forms(""),
    extra={"/gioi-thieu/": "Giới thiệu"},
)
EXTENDED = Skin(
    file="skin_mo_rong.html",
    name="Công đoàn ngành Y tế",
    place="laodongthudo",
    sections=(ReplicaSection("doi-song", 12, ("Đời sống đoàn viên",)),),
    forms=_forms("/index.php"),
    extra={"/lien-he/": "Liên hệ"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(PLAIN, EXTENDED),
    generations={"cu": (Day(2017, 3, 1), Day(2019, 11, 30)), "moi": (Day(2021, 6, 1), Day(2025, 6, 20))},
    shared={
        "picture": "/wp-content/uploads/{year}/{month}/IMG_{id}-{n}.jpg",
        "paper": "/wp-content/uploads/{year}/{month}/{slug}-{id}.{kind}",
        "print_twin": "/?p={id}&print=print",
    },
    habits={
        "per_page": 10,
        "dates": "page time",
        "authored": 0.8,
        "led": 0.0,
        "validators": ("last-modified",),
        "identity": frozenset({"p", "print"}),
        "statics": ("/wp-content/",),
        "past_end": 400,
    },
)

SEEN = (
    ("/wp-json/wp/v2/posts/1480?_embed=1", "article"),
    ("/wp-json/wp/v2/posts?page=3", "listing"),
    ("/wp-json/wp/v2/posts?categories=4&page=3", "listing"),
    ("/wp-json/wp/v2/media/77", "denied"),
    ("/wp-json/", "denied"),
)

"""Profiles whose selectors and patterns can be tried on saved pages of other people, without a request."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from lxml import html as lxml_html

from spiders.profile.site_profile import SiteProfile, load_profiles
from spiders.urls.classify import BadUrl, classify, site_url

PROFILES = load_profiles()


def saved(shared: Path, path: str) -> lxml_html.HtmlElement:
    page = shared / "pages" / path
    if not page.is_file():
        pytest.skip(f"{page}: the saved page is absent")
    return lxml_html.document_fromstring(page.read_bytes())


def kinds(tree: lxml_html.HtmlElement, profile: SiteProfile) -> Counter[tuple[str | None, str | None]]:
    """What the distinct links of a page are to a site: how many of each kind and refusal."""
    urls = set()
    for link in tree.iter("a"):
        try:
            urls.add(site_url(link.get("href", ""), profile, profile.seeds[0]))
        except BadUrl:
            continue
    found = (classify(url, profile) for url in urls)
    return Counter((told.kind, told.refused) for told in found)


def test_a_saved_front_page_of_the_national_paper_leads_to_its_union_sections_only(shared: Path) -> None:
    profile = PROFILES["laodong"]
    tree = saved(shared, "front/laodong.vn_2aa4b7eb.repaired.html")
    found = kinds(tree, profile)
    assert found["article", None] >= 5
    assert found["listing", None] == 1
    assert found[None, "unmatched"] > 10 * found["article", None], "the rest of the paper is not asked"
    assert len([item for css in profile.listing.item for item in tree.cssselect(css)]) > 100


def test_the_prototype_of_phu_tho_has_what_its_profile_reads(shared: Path) -> None:
    profile = PROFILES["congdoandatto"]
    page = saved(shared, "ldld-phutho/_tintuc-detail.html")
    (rules,) = profile.layout
    assert rules.date
    for css in (*rules.title, *rules.body, *rules.date.css):
        assert len(page.cssselect(css)) == 1, css
    assert page.cssselect(rules.date.css[0])[0].text_content().strip()[2::3][:2] == "//"
    listing = saved(shared, "ldld-phutho/_tintuc.html")
    assert [link for css in profile.listing.pager for link in listing.cssselect(css)]

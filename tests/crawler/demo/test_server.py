"""The replicas answer what the truth says, politely unchanged or as broken as asked."""

from __future__ import annotations

import html
import http.client
import io
import json
import re
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from lxml import etree
from lxml import html as lxml_html

from crawler.demo.faults import FaultTable, faults
from crawler.demo.ground_truth import GroundTruth, TruthArticle, true_changes
from crawler.demo.sample_files import docx_file, jpeg_image, pdf_file, png_image
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import SYSTEMS

SITES = tuple(SYSTEMS)
Ask = Callable[..., Any]
Tidy = Callable[[str], str]
VALIDATED = tuple(key for key, system in SYSTEMS.items() if system.validators)


def of(world: GroundTruth, site: str) -> tuple[TruthArticle, ...]:
    return next(found.articles for found in world.sites if found.key == site)


def shown(page: str) -> str:
    return "".join(str(text) for text in lxml_html.document_fromstring(page).itertext())


@pytest.mark.parametrize("site", SITES)
def test_every_article_is_answered_with_its_title_and_all_its_paragraphs(
    site: str, world: GroundTruth, ask: Ask, tidy: Tidy
) -> None:
    for article in of(world, site):
        answer = ask(site, article.url)
        assert answer.status == 200
        text = tidy(shown(answer.text))
        wanted = [article.title, article.lead or "", *article.body]
        cells = [cell for line in wanted for cell in line.split(" | ")]
        assert [cell for cell in cells if cell not in text] == [], article.url
        assert 12_000 < len(answer.body) < 60_000


@pytest.mark.parametrize("site", SITES)
def test_bylines_captions_prefixes_and_sources_are_on_the_page(
    site: str, world: GroundTruth, ask: Ask, tidy: Tidy
) -> None:
    for article in of(world, site):
        page = tidy(shown(ask(site, article.url).text))
        for wanted in (
            article.author,
            article.author_unit,
            article.source,
            *(i.caption for i in article.images),
        ):
            assert wanted is None or wanted in page
        assert article.prefix is None or f"({article.prefix}) {article.lead}" in page


@pytest.mark.parametrize("site", SITES)
def test_pictures_and_attachments_are_real_files(site: str, world: GroundTruth, ask: Ask) -> None:
    for article in of(world, site)[::3]:
        for image in article.images:
            data = ask(site, image.url).body
            assert data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n"))
    for article in (a for s in world.sites if s.key == site for a in s.articles):
        for attachment in article.attachments:
            answer = ask(site, attachment.url)
            check = pdf_is_whole if attachment.url.endswith(".pdf") else word_holds_marks
            check(answer.body)
            assert ask(site, attachment.url).body == answer.body


def pdf_is_whole(data: bytes) -> None:
    assert data.startswith(b"%PDF-1.")
    assert data.rstrip().endswith(b"%%EOF")
    start = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    assert data[start:].startswith((b"xref", b"%"))


def word_holds_marks(data: bytes) -> None:
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    text = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    assert "đ" in text
    assert len(text) > 500


def test_files_have_the_same_bytes_whenever_they_are_made() -> None:
    when = datetime(2022, 5, 17, 9, 0, tzinfo=UTC)
    first = pdf_file("Đại hội", ["Một đoạn văn"], when), docx_file("Đại hội", ["Một đoạn văn"], when)
    time.sleep(1.1)  # longer than the coarsest clock a file format writes
    assert (
        pdf_file("Đại hội", ["Một đoạn văn"], when),
        docx_file("Đại hội", ["Một đoạn văn"], when),
    ) == first
    assert jpeg_image("/a.jpg") == jpeg_image("/a.jpg") != jpeg_image("/b.jpg")
    assert png_image("/a.png") != png_image("/b.png")


def test_one_article_in_twenty_has_an_attachment_of_either_kind(world: GroundTruth) -> None:
    told = [a for site in world.sites for a in site.articles]
    kinds = {file.url.rsplit(".", 1)[1] for a in told for file in a.attachments}
    assert kinds == {"pdf", "docx"}
    assert 0.02 < sum(bool(a.attachments) for a in told) / len(told) < 0.1


@pytest.mark.parametrize("site", VALIDATED)
def test_an_unchanged_article_is_answered_304(site: str, world: GroundTruth, ask: Ask) -> None:
    article = of(world, site)[0]
    first = ask(site, article.url)
    for told, asked in (("ETag", "If_None_Match"), ("Last-Modified", "If_Modified_Since")):
        if told in first.headers:
            again = ask(site, article.url, **{asked: first.headers[told]})
            assert (again.status, again.body) == (304, b"")
    assert {"ETag", "Last-Modified"} & set(first.headers)
    assert ask(site, article.url, If_None_Match='"another"').status == 200
    assert ask(site, article.url, If_Modified_Since="not a day").status == 200


@pytest.mark.parametrize("site", VALIDATED)
def test_validators_hold_for_files_and_move_only_with_the_content(
    site: str, world: GroundTruth, second_world: GroundTruth, replicas: ReplicaServer, ask: Ask
) -> None:
    edited = set(true_changes(world, second_world).edited)
    kept = [a.url for a in of(second_world, site) if a.url in {old.url for old in of(world, site)}]
    pictures = [image.url for a in of(world, site) for image in a.images][:3]
    files = [*pictures, *[file.url for a in of(world, site) for file in a.attachments][:2]]
    before = {url: ask(site, url).headers for url in (*kept, *files)}
    replicas.night = 2
    for url in kept:
        same = validators(ask(site, url).headers) == validators(before[url])
        assert same == (url not in edited), url
    assert all(validators(before[url]) for url in files)


def validators(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    return headers.get("ETag"), headers.get("Last-Modified")


def test_the_assembly_office_sends_no_validators_but_a_dated_sitemap(
    world: GroundTruth, second_world: GroundTruth, replicas: ReplicaServer, ask: Ask
) -> None:
    site = "van_phong_dbqh_hdnd"
    assert validators(ask(site, of(world, site)[0].url).headers) == (None, None)
    first = lastmods(ask(site, "/sitemap.xml").body)
    replicas.night = 2
    second = lastmods(ask(site, "/sitemap.xml").body)
    assert set(first) == {a.url for a in of(world, site)}
    assert set(second) == {a.url for a in of(second_world, site)}
    moved = {url for url in first.keys() & second.keys() if first[url] != second[url]}
    assert moved == {u for u in true_changes(world, second_world).edited if u.startswith(SYSTEMS[site].home)}


def lastmods(data: bytes) -> dict[str, str]:
    tree = etree.fromstring(data)
    pairs = ([child.text or "" for child in node] for node in tree if len(node) == 2)
    return {loc: told for loc, told in pairs if told != "daily"}


def test_the_press_indexes_every_article_in_yearly_sitemaps(world: GroundTruth, ask: Ask) -> None:
    tree = etree.fromstring(ask("laodongthudo", "/sitemap.xml").body)
    maps = [node[0].text or "" for node in tree]
    found = {url for address in maps for url in lastmods(ask("laodongthudo", address).body)}
    assert found == {a.url for a in of(world, "laodongthudo")}


def test_the_district_feed_dates_exactly_the_recent_articles(world: GroundTruth, ask: Ask) -> None:
    site = "ha_noi_quan_huyen"
    body = ask(site, "/rss").body
    assert body.startswith(b"\xef\xbb\xbf<?xml")
    items = etree.fromstring(body.removeprefix(b"\xef\xbb\xbf")).iter("item")
    told = {item.findtext("link"): parsedate_to_datetime(item.findtext("pubDate") or "") for item in items}
    timed = {a.url: a.published for a in of(world, site) if a.published and a.published.time}
    assert {url: (when.date(), when.time()) for url, when in told.items()} == {
        url: (printed.day, printed.time) for url, printed in timed.items()
    }


@pytest.mark.parametrize("site", SITES)
def test_vanished_articles_are_gone_and_new_ones_lead_the_lists(
    site: str, world: GroundTruth, second_world: GroundTruth, replicas: ReplicaServer, ask: Ask
) -> None:
    found = true_changes(world, second_world)
    home = SYSTEMS[site].home
    replicas.night = 2
    statuses = {ask(site, url).status for url in found.vanished if url.startswith(home)}
    assert statuses == {404, 410}
    front = html.unescape(ask(site, "/").text)
    new = [url for url in found.new if url.startswith(home)]
    assert all(ask(site, url).status == 200 for url in new)
    assert any(url.removeprefix(home) in front for url in new)


@pytest.mark.parametrize("site", SITES)
def test_counters_and_clock_differ_at_every_request_and_the_clock_shows_tonight(
    site: str, world: GroundTruth, replicas: ReplicaServer, ask: Ask
) -> None:
    url = of(world, site)[3].url
    first, second = ask(site, url).text, ask(site, url).text
    assert first != second
    assert "@@" not in first
    views = [re.search(r"Lượt xem: (\d+)", page) for page in (first, second)]
    assert len({found[1] for found in views if found}) == 2
    assert "Thứ ba, 01/07/2025, " in first
    replicas.night = 2
    assert "Thứ tư, 02/07/2025, " in ask(site, url).text


@pytest.mark.parametrize("site", SITES)
def test_every_link_is_answered_but_one_dead_and_one_softly_missing(
    site: str, world: GroundTruth, ask: Ask
) -> None:
    system = SYSTEMS[site]
    pages = ("/", of(world, site)[0].url)
    links = {link for page in pages for link in own_links(ask(site, page).text, system.home)}
    statuses = {link: ask(site, link).status for link in links}
    assert [link for link, status in statuses.items() if status != 200] == [system.dead]
    assert "Không tìm thấy trang" in ask(site, system.soft_404).text
    assert {system.soft_404, *list(system.extra)[:2]} <= links


def own_links(page: str, home: str) -> set[str]:
    tree = lxml_html.document_fromstring(page)
    links = (a.get("href", "").removeprefix(home.rstrip("/")) for a in tree.iter("a"))
    return {link.partition("#")[0] for link in links if link.startswith("/")}


def test_only_one_robots_forbids_anything(ask: Ask) -> None:
    told = {site: ask(site, "/robots.txt").text for site in SITES}
    assert {site for site, text in told.items() if "Disallow: /" in text} == {"congdoanbackan"}
    assert not any(re.search(r"^Crawl-delay", text, re.MULTILINE) for text in told.values())


def test_head_and_gzip_and_twins_of_a_url(world: GroundTruth, ask: Ask) -> None:
    url = of(world, "ha_noi_quan_huyen")[0].url
    packed = ask("ha_noi_quan_huyen", url, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in ask("ha_noi_quan_huyen", url).headers
    assert ask("ha_noi_quan_huyen", url, "HEAD").body == b""
    twin = ask("ha_noi_quan_huyen", f"{url}?redirect=%2F")
    assert twin.headers["ETag"] == packed.headers["ETag"]


def test_the_log_names_site_method_path_and_status(replicas: ReplicaServer, ask: Ask) -> None:
    replicas.clear_log()
    ask("laodongthudo", "/cong-doan")
    ask("laodongthudo", "/nothing-here")
    assert replicas.requests == [
        ("laodongthudo", "GET", "/cong-doan", 200),
        ("laodongthudo", "GET", "/nothing-here", 404),
    ]


@pytest.mark.parametrize(("fault", "status"), [("503", 503), ("429", 429), ("403", 403), ("empty", 200)])
def test_faults_that_answer(fault: str, status: int, replicas: ReplicaServer, ask: Ask) -> None:
    replicas.faults["laodongthudo", "/lien-he"] = fault
    answer = ask("laodongthudo", "/lien-he")
    assert answer.status == status
    assert answer.headers.get("Retry-After") == ("1" if status in {429, 503} else None)
    assert ask("laodongthudo", "/anh").status == 200


@pytest.mark.parametrize("fault", ["refuse", "reset", "truncate"])
def test_faults_that_break_the_connection(fault: str, replicas: ReplicaServer, ask: Ask) -> None:
    replicas.faults["laodongthudo", "*"] = fault
    with pytest.raises((OSError, http.client.HTTPException)):
        ask("laodongthudo", "/")
    del replicas.faults["laodongthudo", "*"]
    assert ask("laodongthudo", "/").status == 200


def test_a_500_comes_once_for_each_path(replicas: ReplicaServer, ask: Ask) -> None:
    replicas.faults["congdoanbackan", "*"] = "500-once"
    assert [ask("congdoanbackan", path).status for path in ("/", "/", "/lien-he", "/lien-he")] == [
        500,
        200,
        500,
        200,
    ]


def test_a_bad_gzip_cannot_be_undone(replicas: ReplicaServer, ask: Ask) -> None:
    replicas.faults["congdoanbackan", "/"] = "bad-gzip"
    with pytest.raises((OSError, EOFError, ValueError, zlib.error)):
        ask("congdoanbackan", "/")


def test_redirect_loop_soft_404_and_robots_503(replicas: ReplicaServer, ask: Ask) -> None:
    replicas.faults["congdoanbackan", "/lien-he"] = "redirect-loop"
    looped = ask("congdoanbackan", "/lien-he")
    assert (looped.status, looped.headers["Location"]) == (302, "/lien-he")
    replicas.faults["congdoanbackan", "/gioi-thieu"] = "soft-404"
    soft = ask("congdoanbackan", "/gioi-thieu")
    assert soft.status == 200
    assert "Không tìm thấy trang" in soft.text
    replicas.faults["congdoanbackan", "*"] = "robots-503"
    assert ask("congdoanbackan", "/robots.txt").status == 503
    assert ask("congdoanbackan", "/").status == 200


def test_slow_drips_the_whole_body_and_timeout_sends_nothing(replicas: ReplicaServer, ask: Ask) -> None:
    replicas.faults["congdoanbackan", "/lien-he"] = "slow"
    began = time.monotonic()
    assert b"</html>" in ask("congdoanbackan", "/lien-he").body
    assert time.monotonic() - began > 1
    replicas.faults["congdoanbackan", "/"] = "timeout"
    address = replicas.dial["congdoanbackan.org.vn"]
    impatient = http.client.HTTPConnection(address, timeout=0.3)
    impatient.request("GET", "/")
    with pytest.raises(TimeoutError):
        impatient.getresponse()
    impatient.close()


def test_an_unknown_fault_site_or_night_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="choose one of"):
        FaultTable()["laodongthudo", "*"] = "earthquake"
    with pytest.raises(ValueError, match="there are"):
        ReplicaServer(sites=["nowhere"])
    with pytest.raises(ValueError, match="night 5"):
        ReplicaServer(5, scale=0.05)
    assert len(faults()) > 60


def test_stopping_hangs_up_on_kept_connections() -> None:
    server = ReplicaServer(scale=0.05, sites=["congdoanbackan"])
    server.start()
    assert set(server.dial) == {"congdoanbackan.org.vn", "www.congdoanbackan.org.vn"}
    connection = http.client.HTTPConnection(server.dial["congdoanbackan.org.vn"], timeout=60)
    connection.request("GET", "/robots.txt")
    connection.getresponse().read()
    server.stop()
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.request("GET", "/")
        connection.getresponse()
    connection.close()
    assert server.dial == {}


def test_in_the_foreground_it_tells_its_dial_map_and_switches_nights(tmp_path: Path) -> None:
    state, night = tmp_path / "dial.json", tmp_path / "night"
    command = [sys.executable, "-m", "crawler.demo.server", "--scale", "0.05", "--site", "congdoanbackan"]
    process = subprocess.Popen([*command, "--state", str(state), "--night-file", str(night)])
    try:
        wait_for(state.exists)
        address = json.loads(state.read_text())["congdoanbackan.org.vn"]
        assert "01/07/2025" in front_page(address)
        night.write_text("2")
        wait_for(lambda: "02/07/2025" in front_page(address))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def wait_for(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.05)


def front_page(address: str) -> str:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", "/")
    text = connection.getresponse().read().decode()
    connection.close()
    return text

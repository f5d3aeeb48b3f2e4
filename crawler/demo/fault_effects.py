"""What a fault makes of a right answer before it is sent (pure): another status, other bytes, other links."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.demo.gzip_bomb import gzip_bomb
from crawler.demo.legacy_samples import as_tcvn3, as_vni, bytes_1258
from crawler.demo.pages import Reply
from crawler.demo.sample_files import pdf
from crawler.demo.story_placement import HANOI

WALL = b"<html><head><title>Loi</title></head><body><h1>Tam thoi khong truy cap duoc</h1></body></html>"
COOKIE_WALL = (
    b'<html><body><script>document.cookie="D1N=0f2f2a675be1bcc5bd0c8ab1d6ad8b1f; path=/";'
    b"window.location.reload(true);</script></body></html>"
)
LOGIN = (
    "<html><head><title>Đăng nhập hệ thống</title></head><body><h1>Đăng nhập</h1><form method=post>"
    "Tên đăng nhập <input name=user> Mật khẩu <input type=password name=pass>"
    "<button>Đăng nhập</button></form></body></html>"
)
BOMB = 50_000_000  # bytes
TEXT = re.compile(r"(?s)(<script.*?</script>|<[^>]*>|&\w+;|@@\w+@@)")
DATE_LINE = re.compile(r'<div class="time">.*?</div>')
FEED = "<?xml version='1.0'?>{dtd}<rss version='2.0'><channel><title>&t;</title>{items}</channel></rss>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BILLION = f'<!DOCTYPE rss [<!ENTITY l0 "cuoi">{LAUGHS}<!ENTITY t "&l11;">]>'
FILE = '<!DOCTYPE rss [<!ENTITY t SYSTEM "file:///etc/passwd"><!ENTITY u SYSTEM "http://127.0.0.1:9/x">]>'


def spoiled(fault: str | None, reply: Reply) -> Reply:
    """The answer as the fault leaves it; faults of the wire alone leave it as it is."""
    spoil = SPOILINGS.get(fault or "")
    # other bytes have another ETag: else the next night would be told that nothing has changed
    return replace(spoil(reply), etag=None, modified=None) if spoil else reply


def _status(status: int, body: bytes = WALL) -> Callable[[Reply], Reply]:
    return lambda reply: Reply(body, status, "text/html")


def _moved(target: str) -> Callable[[Reply], Reply]:
    return lambda reply: Reply(b"", 302, reply.content_type, headers={"Location": target})


def _encoded(name: str, body: bytes = b"") -> Callable[[Reply], Reply]:
    """Bytes under a content-encoding that they are not in."""

    def spoil(reply: Reply) -> Reply:
        broken = body or b"\x1f\x8b\x08\x00" + reply.body[:400]
        return replace(reply, body=broken, headers={"Content-Encoding": name})

    return spoil


def _written(spell: Callable[[str], bytes], content_type: str = "text/html") -> Callable[[Reply], Reply]:
    def spoil(reply: Reply) -> Reply:
        text = reply.body.decode().replace("charset=utf-8", "").replace('<meta charset="utf-8">', "")
        return replace(reply, body=spell(text), content_type=content_type)

    return spoil


def _typed(spell: Callable[[str], str]) -> Callable[[str], bytes]:
    """Only what people read is typed in the old alphabet; tags, scripts and entities are ASCII."""

    def write(text: str) -> bytes:
        pieces = TEXT.split(text)
        return "".join(piece if n % 2 else _spelled(piece, spell) for n, piece in enumerate(pieces)).encode()

    return write


def _spelled(piece: str, spell: Callable[[str], str]) -> str:
    return piece if piece.isascii() else spell(piece)


def _twice(text: str) -> bytes:
    return text.encode().decode("latin-1").encode()


def _nfd(text: str) -> bytes:
    return unicodedata.normalize("NFD", text).encode()


def _told_wrong(reply: Reply) -> Reply:
    body = reply.body.replace(b"utf-8", b"windows-1252")
    return replace(reply, body=body, content_type="text/html; charset=windows-1252")


def _losing(text: str) -> bytes:
    before, mark, content = text.partition('class="content"')
    return (before + mark + content.replace("ế", "\ufffd", 2)).encode()


def _clock_only(reply: Reply) -> Reply:
    return replace(reply, body=DATE_LINE.sub("", reply.body.decode()).encode())


def _pdf(reply: Reply) -> Reply:
    lines = ["Nội dung công văn về việc chăm lo đời sống đoàn viên."]
    return replace(reply, body=pdf("Công văn", lines, datetime(2024, 5, 1, tzinfo=HANOI)))


def _ampersands(reply: Reply) -> Reply:
    body = reply.body.replace(b"<title>", b"<title>T&T & &nbsp;")
    return replace(reply, body=body)


def _marked(reply: Reply) -> Reply:
    body = codecs.BOM_UTF8 + b"\r\n\x0b\n " + reply.body.replace(b"<title>", b"<title>\x08")
    return replace(reply, body=body)


def _cut(reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) * 2 // 3])


def _feed(dtd: str) -> Callable[[Reply], Reply]:
    def spoil(reply: Reply) -> Reply:
        items = "".join(re.findall(r"(?s)<item>.*?</item>", reply.body.decode()))
        body = FEED.format(dtd=dtd, items=items.replace("</title>", " &t;</title>", 1))
        return replace(reply, body=body.encode())

    return spoil


def _broken_map(reply: Reply) -> Reply:
    body = reply.body.replace(b"<loc>", b"<loc> ", 1).replace(b"</sitemapindex>", b"<sitemap><loc>http://a&b")
    return replace(reply, body=codecs.BOM_UTF8 + body)


def _bomb(*layers: str) -> Callable[[Reply], Reply]:
    return lambda reply: replace(
        reply, body=gzip_bomb(BOMB, len(layers)), headers={"Content-Encoding": ", ".join(layers)}
    )


SPOILINGS: Mapping[str, Callable[[Reply], Reply]] = {
    "503": _status(503),
    "429": _status(429),
    "403": _status(403),
    "500": _status(500),
    "500-once": _status(500),
    "cookie-wall": _status(200, COOKIE_WALL),
    "redirect-private": _moved("http://169.254.169.254/latest/meta-data/"),
    "redirect-elsewhere": _moved("https://bao-khac.example/tin/1.html"),
    "redirect-file": _moved("file:///etc/passwd"),
    "login-page": lambda _: Reply(LOGIN.encode()),
    "empty": lambda reply: replace(reply, body=b""),
    "bad-gzip": _encoded("gzip"),
    "bad-brotli": _encoded("br"),
    "bad-zstd": _encoded("zstd"),
    "unknown-encoding": lambda reply: _encoded("xpress", bytes(b ^ 0x5A for b in reply.body))(reply),
    "gzip-bomb": _bomb("gzip"),
    "gzip-in-gzip": _bomb("gzip", "gzip"),
    "false-type": _pdf,
    "type-plain": lambda reply: replace(reply, content_type="application/octet-stream"),
    "wrong-charset": _told_wrong,
    "twice-encoded": _written(_twice),
    "nfd": _written(_nfd, "text/html; charset=utf-8"),
    "windows-1258": _written(bytes_1258),
    "tcvn3": _written(_typed(as_tcvn3)),
    "vni": _written(_typed(as_vni)),
    "replaced-letters": _written(_losing, "text/html; charset=utf-8"),
    "header-clock": _clock_only,
    "view-counter": lambda reply: reply,
    "feed-ampersand": _ampersands,
    "feed-bom": _marked,
    "feed-cut": _cut,
    "entity-bomb": _feed(BILLION),
    "entity-file": _feed(FILE),
    "sitemap-broken": _broken_map,
}

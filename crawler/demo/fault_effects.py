"""Effects of faults on a reply before it is sent: another status, other bytes, other links (pure)."""

from __future__ import annotations

import codecs
import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from crawler.demo.legacy_samples import as_tcvn3, as_vni, windows_1258_bytes
from crawler.demo.pages import Reply
from crawler.demo.sample_files import pdf_file
from crawler.demo.story_placement import HANOI

WALL_PAGE = b"<html><head><title>Loi</title></head><body><h1>Tam thoi khong truy cap duoc</h1></body></html>"
COOKIE_WALL_PAGE = (
    b'<html><body><script>document.cookie="D1N=0f2f2a675be1bcc5bd0c8ab1d6ad8b1f; path=/";'
    b"window.location.reload(true);</script></body></html>"
)
LOGIN_PAGE = (
    "<html><head><title>Đăng nhập hệ thống</title></head><body><h1>Đăng nhập</h1><form method=post>"
    "Tên đăng nhập <input name=user> Mật khẩu <input type=password name=pass>"
    "<button>Đăng nhập</button></form></body></html>"
)
BOMB_BYTES = 50_000_000  # unpacked
BOMB_PIECE = b" " * 1_000_000
MARKUP = re.compile(r"(?s)(<script.*?</script>|<[^>]*>|&\w+;|@@\w+@@)")
DATE_LINE = re.compile(r'<div class="time">.*?</div>')
FEED_WITH_ENTITIES = (
    "<?xml version='1.0'?>{dtd}<rss version='2.0'><channel><title>&t;</title>{items}</channel></rss>"
)
NESTED_ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
ENTITY_BOMB_DTD = f'<!DOCTYPE rss [<!ENTITY l0 "cuoi">{NESTED_ENTITIES}<!ENTITY t "&l11;">]>'
ENTITY_FILE_DTD = (
    '<!DOCTYPE rss [<!ENTITY t SYSTEM "file:///etc/passwd"><!ENTITY u SYSTEM "http://127.0.0.1:9/x">]>'
)


def apply_fault(fault: str | None, reply: Reply) -> Reply:
    """Return the reply changed by the fault; faults of the connection leave it unchanged."""
    spoil = FAULT_EFFECTS.get(fault or "")
    # other bytes need another ETag, or the next night would get 304
    return replace(spoil(reply), etag=None, modified=None) if spoil else reply


def _error_status(status: int, body: bytes = WALL_PAGE) -> Callable[[Reply], Reply]:
    return lambda reply: Reply(body, status, "text/html")


def _redirect(target: str) -> Callable[[Reply], Reply]:
    return lambda reply: Reply(b"", 302, reply.content_type, headers={"Location": target})


def _false_encoding(name: str, body: bytes = b"") -> Callable[[Reply], Reply]:
    """Return an effect that names a content encoding the bytes are not in."""

    def spoil(reply: Reply) -> Reply:
        broken = body or b"\x1f\x8b\x08\x00" + reply.body[:400]
        return replace(reply, body=broken, headers={"Content-Encoding": name})

    return spoil


def _in_charset(spell: Callable[[str], bytes], content_type: str = "text/html") -> Callable[[Reply], Reply]:
    def spoil(reply: Reply) -> Reply:
        text = reply.body.decode().replace("charset=utf-8", "").replace('<meta charset="utf-8">', "")
        return replace(reply, body=spell(text), content_type=content_type)

    return spoil


def _legacy_typed(spell: Callable[[str], str]) -> Callable[[str], bytes]:
    """Return a writer of text in a legacy encoding; tags, scripts and entities stay ASCII."""

    def write(text: str) -> bytes:
        pieces = MARKUP.split(text)
        return "".join(
            piece if n % 2 else _legacy_piece(piece, spell) for n, piece in enumerate(pieces)
        ).encode()

    return write


def _legacy_piece(piece: str, spell: Callable[[str], str]) -> str:
    return piece if piece.isascii() else spell(piece)


def _twice_encoded(text: str) -> bytes:
    return text.encode().decode("latin-1").encode()


def _decomposed(text: str) -> bytes:
    return unicodedata.normalize("NFD", text).encode()


def _wrong_charset(reply: Reply) -> Reply:
    body = reply.body.replace(b"utf-8", b"windows-1252")
    return replace(reply, body=body, content_type="text/html; charset=windows-1252")


def _replaced_letters(text: str) -> bytes:
    before, mark, content = text.partition('class="content"')
    return (before + mark + content.replace("ế", "\ufffd", 2)).encode()


def _without_date_line(reply: Reply) -> Reply:
    return replace(reply, body=DATE_LINE.sub("", reply.body.decode()).encode())


def _pdf(reply: Reply) -> Reply:
    lines = ["Nội dung công văn về việc chăm lo đời sống đoàn viên."]
    return replace(reply, body=pdf_file("Công văn", lines, datetime(2024, 5, 1, tzinfo=HANOI)))


def _bare_ampersands(reply: Reply) -> Reply:
    body = reply.body.replace(b"<title>", b"<title>T&T & &nbsp;")
    return replace(reply, body=body)


def _byte_order_mark(reply: Reply) -> Reply:
    body = codecs.BOM_UTF8 + b"\r\n\x0b\n " + reply.body.replace(b"<title>", b"<title>\x08")
    return replace(reply, body=body)


def _cut(reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) * 2 // 3])


def _entity_feed(dtd: str) -> Callable[[Reply], Reply]:
    def spoil(reply: Reply) -> Reply:
        items = "".join(re.findall(r"(?s)<item>.*?</item>", reply.body.decode()))
        body = FEED_WITH_ENTITIES.format(dtd=dtd, items=items.replace("</title>", " &t;</title>", 1))
        return replace(reply, body=body.encode())

    return spoil


def _broken_sitemap(reply: Reply) -> Reply:
    body = reply.body.replace(b"<loc>", b"<loc> ", 1).replace(b"</sitemapindex>", b"<sitemap><loc>http://a&b")
    return replace(reply, body=codecs.BOM_UTF8 + body)


@cache
def gzip_bomb(size: int, layers: int = 1) -> bytes:
    """Return about `size` bytes of blanks, packed with gzip `layers` times, never held whole."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(BOMB_PIECE) for _ in range(size // len(BOMB_PIECE))) + packer.flush()
    for _ in range(layers - 1):
        outer = zlib.compressobj(9, wbits=31)
        packed = outer.compress(packed) + outer.flush()
    return packed


def _gzip_bomb_reply(*layers: str) -> Callable[[Reply], Reply]:
    return lambda reply: replace(
        reply, body=gzip_bomb(BOMB_BYTES, len(layers)), headers={"Content-Encoding": ", ".join(layers)}
    )


FAULT_EFFECTS: Mapping[str, Callable[[Reply], Reply]] = {
    "503": _error_status(503),
    "429": _error_status(429),
    "403": _error_status(403),
    "500": _error_status(500),
    "500-once": _error_status(500),
    "cookie-wall": _error_status(200, COOKIE_WALL_PAGE),
    "redirect-private": _redirect("http://169.254.169.254/latest/meta-data/"),
    "redirect-elsewhere": _redirect("https://bao-khac.example/tin/1.html"),
    "redirect-file": _redirect("file:///etc/passwd"),
    "login-page": lambda _: Reply(LOGIN_PAGE.encode()),
    "empty": lambda reply: replace(reply, body=b""),
    "bad-gzip": _false_encoding("gzip"),
    "bad-brotli": _false_encoding("br"),
    "bad-zstd": _false_encoding("zstd"),
    "unknown-encoding": lambda reply: _false_encoding("xpress", bytes(b ^ 0x5A for b in reply.body))(reply),
    "gzip-bomb": _gzip_bomb_reply("gzip"),
    "gzip-in-gzip": _gzip_bomb_reply("gzip", "gzip"),
    "false-type": _pdf,
    "type-plain": lambda reply: replace(reply, content_type="application/octet-stream"),
    "wrong-charset": _wrong_charset,
    "twice-encoded": _in_charset(_twice_encoded),
    "nfd": _in_charset(_decomposed, "text/html; charset=utf-8"),
    "windows-1258": _in_charset(windows_1258_bytes),
    "tcvn3": _in_charset(_legacy_typed(as_tcvn3)),
    "vni": _in_charset(_legacy_typed(as_vni)),
    "replaced-letters": _in_charset(_replaced_letters, "text/html; charset=utf-8"),
    "header-clock": _without_date_line,
    "view-counter": lambda reply: reply,
    "feed-ampersand": _bare_ampersands,
    "feed-bom": _byte_order_mark,
    "feed-cut": _cut,
    "entity-bomb": _entity_feed(ENTITY_BOMB_DTD),
    "entity-file": _entity_feed(ENTITY_FILE_DTD),
    "sitemap-broken": _broken_sitemap,
}

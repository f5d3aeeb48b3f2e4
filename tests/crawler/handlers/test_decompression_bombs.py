"""Answers and files that unpack to gigabytes: stopped at the limit, by measure of memory, not of words."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from spiders.responses.failures import failure_reason
from tests.paths import ROOT

SIZE = 400_000_000  # bytes unpacked
LIMIT = 5_000_000  # DOWNLOAD_MAXSIZE
MOST = 120_000  # kilobytes of memory above what it took to begin; whole it would be 400,000 and more
PIECE = bytes(1_000_000)
# What a crawl does with it, in a process of its own so that its peak can be read.
UNDO = """
import json, resource, sys
from pathlib import Path
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.utils.test import get_crawler
from spiders.responses.failures import failure_reason
from spiders.markup.xml import gunzip
from storage.warc.content_encoding import undo_encodings
from storage.warc.errors import ContentError

path, encoding, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
body = Path(path).read_bytes()
middleware = HttpCompressionMiddleware.from_crawler(get_crawler(settings_dict={"DOWNLOAD_MAXSIZE": limit}))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
request = Request("https://trang.example/")
try:
    headers = {"Content-Encoding": encoding}
    middleware.process_response(request, Response(request.url, headers=headers, body=body))
    said = "unpacked"
except IgnoreRequest as error:
    said = failure_reason(error)[0]
try:
    undo_encodings(body, encoding, limit)
    kept = "unpacked"
except ContentError as error:
    kept = str(error)
lost = gunzip(body, limit)[1] if encoding == "gzip" else "more than"
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"said": said, "kept": kept, "lost": lost, "grown": peak - before}))
"""


def gzipped() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(PIECE) for _ in range(SIZE // len(PIECE))) + packer.flush()


def deflated() -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(PIECE) for _ in range(SIZE // len(PIECE))) + packer.flush()


def brotlied() -> bytes:
    packer = brotli.Compressor(quality=1)
    packed: bytes = b"".join(packer.process(PIECE) for _ in range(SIZE // len(PIECE))) + packer.finish()
    return packed


def zstandard() -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    packer = zstd.ZstdCompressor(level=1)
    return b"".join(packer.compress(PIECE) for _ in range(SIZE // len(PIECE))) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzipped), ("deflate", deflated), ("br", brotlied), ("zstd", zstandard)],
    ids=["gzip", "deflate", "br", "zstd"],
)
def test_unpacking_stops_at_the_limit_in_bounded_memory(
    encoding: str, pack: Callable[[], bytes], tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(pack())
    assert bomb.stat().st_size < LIMIT
    command = [sys.executable, "-W", "ignore", "-c", UNDO, str(bomb), encoding, str(LIMIT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["said"] == "too_large"
    assert "more than" in told["kept"]
    assert "more than" in told["lost"]
    assert told["grown"] < MOST, told


def test_a_thousand_layers_are_not_peeled() -> None:
    from spiders.markup.xml import gunzip

    body = b"<urlset/>"
    for _ in range(4):
        body = gzip.compress(body)
    left, _ = gunzip(body)
    assert left.startswith(b"\x1f\x8b")  # two layers, as servers do; the rest is no XML and told as such


def test_what_libraries_raise_on_broken_bytes_has_its_reason() -> None:
    with pytest.raises(brotli.error) as caught:
        brotli.decompress(b"\x1f\x8b\x08\x00none")
    assert failure_reason(caught.value)[0] == "bad_encoding"

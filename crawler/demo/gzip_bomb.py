"""Small answers that unpack to large ones: made of blanks, in pieces, without ever holding them whole."""

from __future__ import annotations

import zlib
from functools import cache

PIECE = b" " * 1_000_000


@cache
def gzip_bomb(size: int, layers: int = 1) -> bytes:
    """About `size` bytes of blanks, packed with gzip `layers` times."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(PIECE) for _ in range(size // len(PIECE))) + packer.flush()
    for _ in range(layers - 1):
        outer = zlib.compressobj(9, wbits=31)
        packed = outer.compress(packed) + outer.flush()
    return packed

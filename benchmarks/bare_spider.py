"""BareSpider: a Scrapy spider that asks a list of URLs and does nothing with the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from scrapy import Request, Spider
from scrapy.http import Response


class BareSpider(Spider):
    """Asks (URL, host) pairs; notes the length in bytes of every body in `taken`."""

    name = "bare"
    asked: Sequence[tuple[str, str]]
    taken: list[int]

    async def start(self) -> AsyncIterator[Request]:
        for url, host in self.asked:
            meta = {"verbatim_url": True, "handle_httpstatus_all": True}
            yield Request(url, headers={"Host": host}, meta=meta, dont_filter=True)

    def parse(self, response: Response) -> None:
        """Take the body."""
        self.taken.append(len(response.body))

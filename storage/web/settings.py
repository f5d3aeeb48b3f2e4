"""Settings of the web application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storage.web.site_facts import SiteFacts


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the web application, as the operator chose them."""

    warcs: Path  # folder of the WARC files
    base_url: str = ""  # public URL without a final slash; empty = the URL of each request
    name: str = ""  # of the archive; empty = the default name in the reader's language
    page_seconds: float = 5.0  # time the database may take for one page
    site_facts: Mapping[str, SiteFacts] = field(default_factory=dict)  # by site key

    def site_owners(self) -> dict[str, str]:
        """Return by site key the union body that publishes the site, where its profile names one."""
        return {key: facts.owner for key, facts in self.site_facts.items() if facts.owner}

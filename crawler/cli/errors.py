"""Expected errors: each is printed as one line on standard error, with exit code 3."""

from crawler.alerts.notify import NotifyError
from crawler.config import ConfigError
from spiders.profile.site_profile import ProfileError
from storage.citations.lookup import CitationError
from storage.database.engine import DatabaseError
from storage.export.errors import ExportError
from storage.frontier.leases import SiteBusyError
from storage.readers.collections import CollectionError
from storage.readers.saved_searches import SavedSearchError
from storage.search.documents import SearchIndexError
from storage.warc.errors import WarcError

EXPECTED = (
    *(ConfigError, ProfileError, DatabaseError, WarcError, SiteBusyError, SearchIndexError, ExportError),
    *(CitationError, NotifyError, SavedSearchError, CollectionError),
)

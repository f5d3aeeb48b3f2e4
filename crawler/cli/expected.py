"""What goes wrong in an ordinary life: each is one line on standard error and exit code 3."""

from crawler.config import ConfigError
from crawler.notify import NotifyError
from spiders.profile import ProfileError
from storage.citations.found import NothingToCiteError
from storage.collections import CollectionError
from storage.database import DatabaseError
from storage.export.errors import ExportError
from storage.leases import SiteBusyError
from storage.search.documents import SearchIndexError
from storage.warc.errors import WarcError
from storage.watches import WatchError

EXPECTED = (
    *(ConfigError, ProfileError, DatabaseError, WarcError, SiteBusyError, SearchIndexError, ExportError),
    *(NothingToCiteError, NotifyError, WatchError, CollectionError),
)

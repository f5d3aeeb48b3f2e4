"""Where pages come from: links, URLs, site profiles, the one spider, the explorer.

Lives here: pages and links as data, profiles (TOML), link discovery, URL identity.
Not here: extraction of articles (pipelines), storage.
Pipelines and crawler may import this package; it imports neither them nor storage.
"""

"""The version of this program: its releases, its user agent and its WARC files say it."""

VERSION = "0.2.0"

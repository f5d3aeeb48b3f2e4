"""Stored captures and texts, read again without a request to any site."""

"""Downloader middlewares: what is asked of every request before it leaves, one component a file."""

"""Chromium without network access of its own: its process, and the rendering of one page in it."""

"""Chromium without a network of its own: its process, and one page in it."""

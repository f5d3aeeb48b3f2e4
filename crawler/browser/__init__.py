"""Chromium without a network of its own: its process, and the rendering of one page."""

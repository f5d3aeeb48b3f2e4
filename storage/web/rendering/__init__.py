"""Texts to HTML: language, articles, archived pages, charts, highlights."""

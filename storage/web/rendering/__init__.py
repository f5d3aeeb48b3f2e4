"""From records to HTML: language, articles, archived pages, highlights."""

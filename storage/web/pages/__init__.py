"""Pages of the reading room, a file per family of pages."""

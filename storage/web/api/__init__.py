"""The API: the archive as JSON under /api/v1, for programs; it only reads."""

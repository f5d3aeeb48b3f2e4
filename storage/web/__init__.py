"""The reading room: server-rendered pages of the archive, in Vietnamese and English."""

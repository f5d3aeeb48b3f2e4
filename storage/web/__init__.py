"""The web application (the reading room): server-rendered pages in Vietnamese and English, and the API."""

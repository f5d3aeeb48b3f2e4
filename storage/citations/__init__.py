"""Citations: how an article, one of its revisions or a capture is named in other people's work.

Pure functions over records; only `found` reads the database. No web page is made here.
"""

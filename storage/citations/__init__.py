"""Citations of articles, revisions and captures: APA, Chicago, BibTeX, RIS, CSL-JSON, Vietnamese.

Pure functions over records; only `lookup` reads the database. No web page is made here.
"""

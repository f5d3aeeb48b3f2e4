"""Articles as rows: revisions, files, changes, boilerplate lines, and the queries that read them."""

"""Articles as rows: revisions, attachments, changes, learned boilerplate lines, and reading them back."""

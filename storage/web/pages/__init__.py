"""Pages of the web application, one file per family of pages."""

"""Export: what leaves the archive for other programs, one file per format."""

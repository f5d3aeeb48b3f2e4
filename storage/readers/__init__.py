"""What signed-in readers keep: saved searches with their digests, collections, bibliographies."""

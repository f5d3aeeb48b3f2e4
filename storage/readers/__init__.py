"""What signed-in readers own: saved searches with their digests, collections, bibliographies."""

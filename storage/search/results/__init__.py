"""One page of results: hits, snippets, facets, spelling, stories, cursors."""

"""Search results: pages with cursors, grouping by story, facets, snippets, suggestions."""

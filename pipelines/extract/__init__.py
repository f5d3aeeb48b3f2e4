"""From the tree of a page to raw fields: metadata, body, structure; boilerplate is removed."""

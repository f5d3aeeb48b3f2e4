"""From the tree of a page to a Reading: raw fields, body, structure, boilerplate."""

"""Bytes to trees: HTML, XML and JSON as sites write them."""

"""The query language: from text typed to a tree."""

"""The query language: lexer, grammar, tree, date ranges, filters of sites, abbreviations."""

"""The query language: lexer, grammar, tree, date ranges, site filters, abbreviations."""

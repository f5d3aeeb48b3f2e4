"""The command line, one file per command: parse options, call the package that does the work, print.

Not here: the work itself. Nothing imports this package.
"""

"""The database itself: engine, tables, the one writer, time limits of statements."""

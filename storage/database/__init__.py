"""The engine, the one writer, the tables, time limits of statements."""

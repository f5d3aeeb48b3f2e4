"""The command line: parse, call, print. What a command does lives in the room it belongs to."""

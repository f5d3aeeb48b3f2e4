"""`congdoan site …`: a file per subcommand."""

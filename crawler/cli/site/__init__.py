"""The subcommands of `congdoan site`, one file each."""

"""What commands print: tables, reports, progress. No command is defined here."""

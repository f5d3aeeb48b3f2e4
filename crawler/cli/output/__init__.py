"""What commands print: tables, reports, progress. No command lives here."""

"""Who sends a request and what they may do: accounts, sessions, roles, proxy headers, CSRF."""

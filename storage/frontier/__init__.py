"""The frontier: every known URL, its queue, leases, pagination, politeness of hosts, revisit policy."""

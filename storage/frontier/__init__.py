"""Every URL we know: the queue, leases, paging, politeness of hosts, the revisit policy."""

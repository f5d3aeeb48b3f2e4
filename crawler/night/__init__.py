"""One night: its plan, the runs of its sites, the crawl session of one process, scheduler, report."""

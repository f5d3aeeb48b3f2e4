"""One night: its plan, its run, the session of one process, the scheduler, the report."""

"""Health: is a site as it always was? Pure rules over past reports; `examine` alone touches the archive."""

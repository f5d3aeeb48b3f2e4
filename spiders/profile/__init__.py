"""SiteProfile, the description of one site: its fields, its TOML and its checks."""

"""SiteProfile: all we know of one site, its fields, its TOML and its checks."""

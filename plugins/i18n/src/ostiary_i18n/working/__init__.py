"""Working on catalogs: taking messages from the source, bringing catalogs up to date, checking."""

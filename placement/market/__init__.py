"""The supply side: the catalog, egress tariffs, interruption risk and the shortlist."""

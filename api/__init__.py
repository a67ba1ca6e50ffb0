"""The service: the market over HTTP, from a catalog in memory."""

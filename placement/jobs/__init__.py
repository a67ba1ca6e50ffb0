"""Use cases as durable jobs: kept before they begin, begun again after a crash, done once."""

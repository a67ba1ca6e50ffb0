"""The schema's history: one idea a revision, each of which can be undone."""

"""One module a resource: its parameters, its answer, and the function that adds it to the app."""

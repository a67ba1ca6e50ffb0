"""The use cases, one a module; importing this package imports none of them."""

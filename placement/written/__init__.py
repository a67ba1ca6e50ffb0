"""Documents that people write, as trees that know where each value stands."""

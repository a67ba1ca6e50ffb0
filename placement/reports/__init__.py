"""What placements cost over a month, and against what: facts and figures, whatever file they are written into."""

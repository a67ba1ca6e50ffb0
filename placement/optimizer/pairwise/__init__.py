"""The pairwise core, compiled: a label for each node, a cost for each label and for each pair of labels on an edge."""

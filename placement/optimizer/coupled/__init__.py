"""The pairwise core with linear rows over all nodes: quotas, capacities, spot shares, exposure to pools."""

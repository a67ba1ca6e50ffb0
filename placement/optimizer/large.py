"""Fleets that are worth dividing; apart from the rest, so that those who only ask need not load the solver."""

MOST_TOGETHER = 500
"""Workloads and datasets of a part, unless one component has more."""
LARGE = 2 * MOST_TOGETHER
"""A fleet with fewer is not divided."""
PARTS_SHARE = 0.6
"""Of the time limit, for all parts together, however many solve them."""

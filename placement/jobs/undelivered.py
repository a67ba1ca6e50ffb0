"""What a delivery that fails raises."""

from placement.domain.errors import PlacementError


class Undelivered(PlacementError):
    """A report could not be delivered; it is tried again."""

"""A cluster's pods and nodes meet the same law and the same costs as fleets do."""

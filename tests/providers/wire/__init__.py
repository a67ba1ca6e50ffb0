"""Servers on loopback that speak the clouds' wire formats, and ways in which they misbehave."""

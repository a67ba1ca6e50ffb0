"""Google Cloud does what every provider must."""

from tests.providers.conformance import Conformance


class TestGcp(Conformance):
    """The suite of all providers."""

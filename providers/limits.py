"""How long, how much, how often and how many at once a provider is asked."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of every request to one provider."""

    connect_s: float = 10.0
    silence_s: float = 30.0
    """The longest pause between two pieces of an answer."""
    answer_s: float = 120.0
    """The longest time for a whole answer: a server that drips bytes never falls silent."""
    tries: int = 5
    longest_pause_s: float = 65.0
    """A server that asks for a longer pause between two tries is given up."""
    most_bytes: int = 64 * MIB
    """The largest answer, after decompression."""
    at_once: int = 4
    """Requests under way together."""

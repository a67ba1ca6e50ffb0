"""How long, how often and how much a service is waited for."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Patience:
    """The bounds of every request to a service; for a decision that takes longer it is asked again and again."""

    connect_s: float = 10.0
    silence_s: float = 60.0
    """The longest pause before an answer, and between two pieces of it."""
    answer_s: float = 180.0
    """The longest time for a whole answer: a server that drips bytes never falls silent."""
    tries: int = 4
    longest_pause_s: float = 65.0
    """A service that asks for a longer pause between two tries is given up; its limits are by the minute."""
    most_bytes: int = 64 * MIB
    """The largest answer, after decompression."""

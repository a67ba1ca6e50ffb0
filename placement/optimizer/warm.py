"""What the optimizer compiles is compiled when it is first used after an installation, and kept: here before that."""

from placement.optimizer.coupled import warm as coupled
from placement.optimizer.pairwise import warm as pairwise


def ready() -> None:
    """Compile, or load what was compiled before. Some 20 to 30 s the first time, a fraction of a second later."""
    pairwise.ready()
    coupled.ready()


if __name__ == "__main__":
    ready()

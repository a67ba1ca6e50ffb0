"""What is told of a search that is followed."""

from threading import Event

from placement.jobs.followed import Followed
from placement.optimizer.search import Progress


def _step(number: int) -> Progress:
    return Progress(float(number), f"step {number}", None, 0.0)


def test_the_last_step_of_the_first_second_is_told_and_then_each() -> None:
    told, once = list[Progress](), Event()

    def tell(progress: Progress) -> None:
        told.append(progress)
        once.set()

    with Followed(tell) as step:
        step(_step(1))
        step(_step(2))
        assert once.wait(60)
        step(_step(3))
    assert told == [_step(2), _step(3)]


def test_of_a_quick_search_nothing_is_told() -> None:
    told = list[Progress]()
    with Followed(told.append) as step:
        step(_step(1))
    assert told == []

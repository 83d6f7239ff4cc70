"""Which worker a new connection is left to."""

from collections.abc import Sequence

import pytest

from service.web.serving.neighbours import (
    AGAIN_SECONDS,
    HELD_UP_SECONDS,
    NOTHING,
    PATIENCE_SECONDS,
    SPARE,
    Neighbours,
    Place,
)

NOW = 1000.0


def places(*connections: int) -> list[Place]:
    """Return the places of workers that have so many connections and nothing in hand."""
    neighbours = Neighbours(len(connections))
    made = [neighbours.place() for _ in connections]
    for place, count in zip(made, connections, strict=True):
        place.tell(count, NOTHING, 0)
    return made


def gives_way(*connections: int) -> bool:
    return places(*connections)[0].gives_way(NOW)


def test_who_has_more_than_another_gives_way() -> None:
    assert [False, True, False] == [gives_way(1, 1), gives_way(1, 0), gives_way(0, 1)]
    assert [False, True] == [gives_way(2, 2, 3), gives_way(2, 3, 1)]
    assert not gives_way(5)


def test_of_many_connections_a_few_more_are_as_good_as_none() -> None:
    assert [False, True] == [gives_way(80, 70), gives_way(80, 69)]


def test_of_two_with_as_many_connections_who_has_something_in_hand_gives_way() -> None:
    one, other = places(1, 1)
    one.tell(1, NOW, 0)

    assert (True, False) == (one.gives_way(NOW), other.gives_way(NOW))


def test_who_is_held_up_gives_way_to_all_who_are_not() -> None:
    one, other = places(1, 900)
    one.tell(1, NOW, 0)
    later = NOW + 2 * HELD_UP_SECONDS

    assert (False, True) == (one.gives_way(NOW), one.gives_way(later))
    assert (True, False) == (other.gives_way(NOW), other.gives_way(later))


def test_a_neighbour_that_hangs_is_waited_for_once_in_a_while_and_one_that_takes_its_share_is_always() -> None:
    one, other = places(5, 0)
    assert one.gives_way(NOW)
    assert one.gives_way(NOW + PATIENCE_SECONDS * 0.9)
    assert not one.gives_way(NOW + PATIENCE_SECONDS * 1.1)
    assert not one.gives_way(NOW + AGAIN_SECONDS * 0.9)
    other.tell(1, NOTHING, 1)
    assert one.gives_way(NOW + AGAIN_SECONDS * 0.9)
    assert one.gives_way(NOW + AGAIN_SECONDS * 2)
    assert not one.gives_way(NOW + AGAIN_SECONDS * 2 + PATIENCE_SECONDS * 1.1)


def test_who_comes_up_first_leaves_the_others_their_share_for_a_moment() -> None:
    neighbours = Neighbours(2)
    one, _ = neighbours.place(), neighbours.place()
    one.tell(1, NOTHING, 1)

    assert one.gives_way(NOW)
    assert not one.gives_way(NOW + PATIENCE_SECONDS * 1.1)


@pytest.mark.parametrize(
    ("connections", "surplus"),
    [
        ((8, 0), 4),
        ((2, 0), 1),
        ((4, 1), 1),
        ((16, 16, 0), 5),
        ((8, 4), 0),
        ((3, 1), 0),
        ((1, 0), 0),
        ((0, 8), 0),
        ((8,), 0),
    ],
)
def test_who_has_more_than_twice_as_many_as_another_hands_on_what_is_more_than_its_share(
    connections: Sequence[int], surplus: int
) -> None:
    assert surplus == places(*connections)[0].surplus()


def test_nothing_is_handed_on_to_who_leaves_nor_by_who_leaves() -> None:
    one, other = places(8, 0)
    other.leave()
    assert 0 == one.surplus()
    one.leave()
    assert 0 == one.surplus()


def test_who_left_or_ended_does_not_count() -> None:
    neighbours = Neighbours(2)
    one, other = neighbours.place(), neighbours.place()
    one.tell(5, NOTHING, 0)
    assert one.gives_way(NOW)
    other.leave()
    assert not one.gives_way(NOW)
    other.tell(0, NOTHING, 0)
    neighbours.free(other)
    assert not one.gives_way(NOW)


def test_a_place_is_taken_again_and_beyond_the_last_there_are_some_that_nobody_sees() -> None:
    neighbours = Neighbours(1)
    all_of_them = [neighbours.place() for _ in range(SPARE)]
    beyond = neighbours.place()
    all_of_them[0].tell(5, NOTHING, 0)
    beyond.tell(0, NOTHING, 0)
    assert not all_of_them[0].gives_way(NOW)
    assert not beyond.gives_way(NOW)
    neighbours.free(beyond)
    neighbours.free(all_of_them[1])

    again = neighbours.place()
    again.tell(0, NOTHING, 0)
    assert all_of_them[0].gives_way(NOW)

"""How many requests a worker may have in hand."""

from itertools import count

from service.web.serving.room import CALM_SECONDS, SOON_SECONDS, STANDING_SECONDS, Room

FEW, MANY = 4, 32
LATE = STANDING_SECONDS + 0.01


def crowded_room() -> Room[int]:
    """Return one that was full when somebody had been waiting in it for long, at LATE; the last FEW are in it still."""
    room = Room[int](FEW, MANY)
    for who in range(MANY):
        room.enter(who, 0)
    assert room.full(LATE)
    for who in range(MANY - FEW):
        room.leave(who, LATE)
    return room


def test_a_sudden_crowd_is_taken_and_no_more_than_that() -> None:
    room, taken = Room[int](FEW, MANY), 0
    while not room.full(0):
        room.enter(taken, 0)
        taken += 1
    assert MANY == taken


def test_many_for_a_moment_are_no_reason_to_take_few() -> None:
    room = Room[int](FEW, MANY)
    for second in range(10):
        for who in range(MANY):
            room.enter(who, second)
        assert room.full(second + STANDING_SECONDS / 2)
        for who in range(MANY):
            room.leave(who, second + STANDING_SECONDS / 2)
    assert not room.full(10)


def test_many_who_keep_coming_and_fit_are_no_reason_to_take_few() -> None:
    room = Room[int](FEW, MANY)
    for who in range(MANY):
        room.enter(who, 0)
    for second in range(10):
        room.leave(second, second)
        assert not room.full(second)
        room.enter(MANY + second, second)


def test_where_a_crowd_does_not_end_few_are_taken() -> None:
    room = crowded_room()
    assert room.full(LATE)
    room.leave(MANY - 1, LATE)
    assert not room.full(LATE)
    room.enter(MANY, LATE)
    assert room.full(LATE)


def taken_in_a_crowd(seconds: float) -> int:
    """Return how many are in hand after a while in which more come than leave, each after so many seconds."""
    room, coming, now = crowded_room(), count(MANY), LATE
    inside = list(range(MANY - FEW, MANY))
    for _ in range(10 * MANY):
        while not room.full(now):
            inside.append(next(coming))
            room.enter(inside[-1], now)
        now += seconds
        room.leave(inside.pop(0), now)
    return len(inside)


def test_where_a_crowd_does_not_end_as_many_are_taken_as_are_answered_soon() -> None:
    assert FEW - 1 == taken_in_a_crowd(SOON_SECONDS)
    assert 8 <= taken_in_a_crowd(SOON_SECONDS / 10) <= 12
    assert MANY - 1 == taken_in_a_crowd(SOON_SECONDS / 100)


def test_many_are_taken_again_once_nobody_had_to_be_refused_for_a_while() -> None:
    room = crowded_room()
    assert room.full(LATE + CALM_SECONDS * 0.9)
    assert room.full(LATE + CALM_SECONDS * 1.8)
    assert not room.full(LATE + CALM_SECONDS * 2.9)


def test_a_crowd_that_does_not_end_shows_until_nobody_had_to_be_refused_for_a_while() -> None:
    crowd = crowded_room()

    assert not Room[int](FEW, MANY).crowded(LATE)
    assert crowd.crowded(LATE)
    assert not crowd.crowded(LATE + CALM_SECONDS)


def test_who_is_in_hand_is_known_and_since_when_the_oldest_is() -> None:
    room = Room[str](FEW, MANY)
    assert (None, False) == (room.oldest, "one" in room)
    room.enter("one", 1)
    room.enter("other", 2)
    assert (1, True) == (room.oldest, "one" in room)
    room.leave("one", 3)
    assert (2, False) == (room.oldest, "one" in room)


def test_few_are_never_more_than_many() -> None:
    room = Room[str](FEW, 2)
    room.enter("one", 0)
    assert not room.busy
    room.enter("other", 0)
    assert room.busy
    assert room.full(0)

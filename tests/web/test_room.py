"""How many requests a worker may have in hand."""

from service.web.serving.room import CALM_SECONDS, STANDING_SECONDS, Room

FEW, MANY = 4, 32
LATE = STANDING_SECONDS + 0.01


def crowded_room() -> Room:
    """Return one that was full when somebody had been waiting in it for long, at LATE."""
    room = Room(FEW, MANY)
    for _ in range(MANY):
        room.enter(0)
    assert room.full(LATE)
    for _ in range(MANY - FEW):
        room.leave()
    return room


def test_a_sudden_crowd_is_taken_and_no_more_than_that() -> None:
    room, taken = Room(FEW, MANY), 0
    while not room.full(0):
        room.enter(0)
        taken += 1
    assert MANY == taken


def test_many_for_a_moment_are_no_reason_to_take_few() -> None:
    room = Room(FEW, MANY)
    for second in range(10):
        for _ in range(MANY):
            room.enter(second)
        assert room.full(second + STANDING_SECONDS / 2)
        for _ in range(MANY):
            room.leave()
    assert not room.full(10)


def test_many_who_keep_coming_and_fit_are_no_reason_to_take_few() -> None:
    room = Room(FEW, MANY)
    for _ in range(MANY):
        room.enter(0)
    for second in range(10):
        room.leave()
        assert not room.full(second)
        room.enter(second)


def test_where_a_crowd_does_not_end_few_are_taken() -> None:
    room = crowded_room()
    assert room.full(LATE)
    room.leave()
    assert not room.full(LATE)
    room.enter(LATE)
    assert room.full(LATE)


def test_many_are_taken_again_once_nobody_had_to_be_refused_for_a_while() -> None:
    room = crowded_room()
    assert room.full(LATE + CALM_SECONDS * 0.9)
    assert room.full(LATE + CALM_SECONDS * 1.8)
    assert not room.full(LATE + CALM_SECONDS * 2.9)


def test_a_crowd_that_does_not_end_shows_until_nobody_had_to_be_refused_for_a_while() -> None:
    crowd = crowded_room()

    assert not Room(FEW, MANY).crowded(LATE)
    assert crowd.crowded(LATE)
    assert not crowd.crowded(LATE + CALM_SECONDS)


def test_few_are_never_more_than_many() -> None:
    room = Room(FEW, 2)
    room.enter(0)
    assert not room.busy
    room.enter(0)
    assert room.busy
    assert room.full(0)

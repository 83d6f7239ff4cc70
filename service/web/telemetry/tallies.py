"""What is counted of each request: in the memory of the process, where it costs little, and added up a little later.

A number that processes share stands in a file and has a lock of its own, and each advice moves some fifty of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from librt.threading import Lock
from librt.vecs import append, vec
from mypy_extensions import i64

from service.knowledge.model import RuleBase
from service.web.telemetry.course import NANOSECONDS, Course
from service.web.telemetry.numbers import Number, Numbers

Find: TypeAlias = Callable[[], Number]
ONE: Final = 1.0


class Target:
    """The number into which is poured what was counted at a place, in units of so much."""

    def __init__(self, unit: float, find: Find) -> None:
        """``find`` the number when there is something to pour: of a rule that never fired there is none."""
        self._unit = unit
        self._find = find
        self._number: Number | None = None

    def add(self, count: int) -> None:
        """Add what was counted."""
        number = self._number or self._find()
        self._number = number
        number.inc(count * self._unit)


class Seconds:
    """Where is counted how often something took how long: nanoseconds in all, and behind them a place a bucket."""

    def __init__(self, place: int, bounds: Sequence[float]) -> None:
        """Count in the bucket of the first bound that is not gone beyond, or in the last."""
        self.place: i64 = place
        self.bounds = vec[i64]([round(bound / NANOSECONDS) for bound in bounds])


class Tallies:
    """Counts, each at a place of its own, until they are poured into the numbers. Safe to share between threads."""

    def __init__(
        self,
        phases: Sequence[Numbers],
        memory: Sequence[Number],
        rules: Callable[[RuleBase], Sequence[Find]],
        wake: Callable[[], object],
    ) -> None:
        """Count an advice into these numbers; ``wake`` whoever pours, when there is something to pour again.

        ``phases`` are in their order, ``memory`` is of what was found there and of what was not.
        """
        self._rules = rules
        self._wake = wake
        self._targets: list[Target] = []
        self._counts = vec[i64]()
        self._woken = False
        self._lock = Lock()
        self._pouring = Lock()
        self._decode = self.seconds(phases[0])
        self._match = self.seconds(phases[1])
        self._explain = self.seconds(phases[2])
        self._encode = self.seconds(phases[3])
        self._found: i64 = self.place(memory[0])
        self._not_found: i64 = self.place(memory[1])
        self._places_of_rules: dict[str, int] = {}
        self._rule_base: RuleBase | None = None
        self._fired: i64 = 0

    def place(self, number: Number) -> int:
        """Make a place for what is to be added to a number."""
        with self._lock:
            return self._placed([Target(ONE, _known(number))])

    def seconds(self, histogram: Numbers) -> Seconds:
        """Make the places of a histogram."""
        targets = [Target(NANOSECONDS, _known(histogram.total))]
        targets += [Target(ONE, _known(bucket)) for bucket in histogram.buckets]
        with self._lock:
            return Seconds(self._placed(targets), histogram.bounds[:-1])  # the last is infinite

    def advised(self, course: Course) -> None:
        """Count an advice, if one was given, and what led to it."""
        self._note(course, 0, None, 0)

    def answered(self, course: Course, place: i64, seconds: Seconds, nanoseconds: i64) -> None:
        """Count a request, at the place of its kind, how long it took, and the advice."""
        self._note(course, place, seconds, nanoseconds)

    def _note(self, course: Course, place: i64, seconds: Seconds | None, nanoseconds: i64) -> None:
        lock = self._lock
        lock.acquire()  # compiled, ``with`` takes longer
        try:
            if seconds is not None:
                self._counts[place] += 1
                self._took(seconds, nanoseconds)
            self._advised(course)
            wakes, self._woken = not self._woken, True
        finally:
            lock.release()
        if wakes:
            self._wake()

    def pour(self) -> None:
        """Add what was counted to the numbers."""
        with self._pouring:  # so that whoever comes back from here finds all in the numbers
            with self._lock:
                self._woken = False
            for place in range(len(self._targets)):
                count = self._counts[place]
                if count:
                    self._targets[place].add(count)
                    with self._lock:  # only now: what could not be added is the next time
                        self._counts[place] -= count

    def forget(self) -> None:
        """Begin anew in a child: what was counted before the fork is the parent's to pour."""
        self._lock, self._pouring, self._woken = Lock(), Lock(), False
        for place in range(len(self._counts)):
            self._counts[place] = 0

    def _advised(self, course: Course) -> None:
        before = self._ended(self._decode, course.began, course.decode_ended)
        before = self._ended(self._match, before, course.match_ended)
        before = self._ended(self._explain, before, course.explain_ended)
        self._ended(self._encode, before, course.encode_ended)
        if course.from_memory is not None:
            self._counts[self._found if course.from_memory else self._not_found] += 1
        given = course.given
        if given is not None:
            if given.rule_base is not self._rule_base:
                self._turn_to(given.rule_base)
            first, counts = self._fired, self._counts
            for rule in given.fired:
                counts[first + rule] += 1

    def _ended(self, phase: Seconds, began: i64, ended: i64) -> i64:
        if not ended:
            return began
        self._took(phase, ended - began)
        return ended

    def _took(self, seconds: Seconds, nanoseconds: i64) -> None:
        counts, bounds, place = self._counts, seconds.bounds, seconds.place
        counts[place] += nanoseconds
        bucket: i64 = 0
        while bucket < len(bounds) and bounds[bucket] < nanoseconds:
            bucket += 1
        counts[place + 1 + bucket] += 1

    def _placed(self, targets: Sequence[Target]) -> int:
        place = len(self._targets)
        self._targets += targets
        for _ in targets:
            self._counts = append(self._counts, 0)
        return place

    def _turn_to(self, rule_base: RuleBase) -> None:
        digest = rule_base.digest
        if digest not in self._places_of_rules:
            targets = [Target(ONE, find) for find in self._rules(rule_base)]
            self._places_of_rules[digest] = self._placed(targets)
        self._rule_base, self._fired = rule_base, self._places_of_rules[digest]


def _known(number: Number) -> Find:
    return lambda: number

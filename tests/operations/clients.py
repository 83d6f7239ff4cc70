"""Clients that keep a server busy and hold every answer against the one that its rule base gives."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.advice.adviser import Adviser
from service.knowledge.loading import load_rule_base
from service.knowledge.model import Profile

JSON = {"Content-Type": "application/json"}
PATH = "/v1/recommendations?language=en"


@dataclass(frozen=True, slots=True)
class Known:
    """Requests with the answers to them, by version of the rule base."""

    bodies: Sequence[bytes]
    answers: Mapping[str, Sequence[bytes]]


def known(directories: Sequence[Path], profiles: Sequence[Profile]) -> Known:
    """Work out the answers of the rule bases in the directories."""
    advisers = [Adviser(load_rule_base(one)) for one in directories]
    plain = [
        {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}
        for profile in profiles
    ]
    return Known(
        [json.dumps(one).encode() for one in plain],
        {one.rule_base.version: [one.advise(profile, language="en") for profile in profiles] for one in advisers},
    )


@dataclass
class Tally:
    """What clients saw: right answers by version with the seconds each took, and everything else in words."""

    right: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class Client(threading.Thread):
    """Asks one request after another on a kept connection until it is told to stop.

    An answer is right when its bytes are those of the rule base it names, in its header and in its body. A
    request is lost when the connection ends without an answer.
    """

    def __init__(self, port: Callable[[], int], asked: Known, seed: int) -> None:
        super().__init__()
        self._port, self._asked, self._chance = port, asked, random.Random(seed)
        self.tally = Tally()
        self.stop = threading.Event()

    def run(self) -> None:
        line = None
        while not self.stop.is_set():
            line = line or http.client.HTTPConnection("127.0.0.1", self._port(), timeout=30)
            try:
                closes = self._ask(line)
            except (OSError, http.client.HTTPException) as error:
                self.tally.lost += 1
                self.tally.wrong.append(f"lost: {error!r}")
                closes = True
            if closes:
                line.close()
                line = None
        if line is not None:
            line.close()

    def _ask(self, line: http.client.HTTPConnection) -> bool:
        began = time.monotonic()
        number = self._chance.randrange(len(self._asked.bodies))
        line.request("POST", PATH, self._asked.bodies[number], JSON)
        answer = line.getresponse()
        body = answer.read()
        version = answer.headers.get("Rule-Base-Version", "")
        if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
            self.tally.refused += 1
        elif answer.status == http.HTTPStatus.OK and body == self._asked.answers[version][number]:
            self.tally.right[version] += 1
            self.tally.seconds.append(time.monotonic() - began)
        else:
            self.tally.wrong.append(f"{answer.status} by {version!r}: {body[:200]!r}")
        return answer.will_close


@contextmanager
def busy(port: int | Callable[[], int], asked: Known, clients: int = 4) -> Iterator[Tally]:
    """Keep a server busy within the block; what was seen is complete after it."""
    started = [Client(port if callable(port) else lambda: port, asked, seed) for seed in range(clients)]
    total = Tally()
    for one in started:
        one.start()
    try:
        yield total
    finally:
        for one in started:
            one.stop.set()
        for one in started:
            one.join()
            total.right.update(one.tally.right)
            total.refused += one.tally.refused
            total.lost += one.tally.lost
            total.wrong += one.tally.wrong
            total.seconds += one.tally.seconds

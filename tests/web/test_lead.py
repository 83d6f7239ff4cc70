"""Who leads, and who takes over."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from service.web.serving import lead as module
from service.web.serving.lead import HOLD_SECONDS, REST_SECONDS, Lead

SOON = 10.0
"""Seconds that something may take on a busy machine before it counts as never."""


@contextmanager
def standing_by(lead: Lead[str], count: int = 1) -> Iterator[list[int]]:
    """Have threads stand by; those that led are listed, and stop there."""
    led: list[int] = []

    def stand_by() -> None:
        lead.take_over()
        led.append(threading.get_ident())

    for _ in range(count):
        threading.Thread(target=stand_by, daemon=True).start()
    yield led


def until(there: list[int]) -> float:
    """Wait until somebody led; return how long it took."""
    began = time.monotonic()
    while not there:
        assert time.monotonic() - began < SOON, "nobody leads"
        time.sleep(0.0005)
    return time.monotonic() - began


def led_by_this(*items: str, others: int = 0) -> Lead[str]:
    """Return a lead that this thread has, with something to do, and others who stand by."""
    lead: Lead[str] = Lead(1 + others)
    lead.take_over()
    for item in items:
        lead.put(item)
    return lead


def test_what_comes_before_the_others_run_is_begun() -> None:
    assert "a" == led_by_this("a", others=1).begin()


def test_nothing_is_begun_when_nobody_could_lead_meanwhile() -> None:
    lead = led_by_this("a")

    assert (None, 1) == (lead.begin(), len(lead))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody take over because this machine is slow."""
    monkeypatch.setattr(module, "HOLD_SECONDS", SOON)


@pytest.mark.usefixtures("patient")
def test_the_leader_does_one_thing_after_another_and_leads_on() -> None:
    lead = led_by_this("a", "b", others=1)
    with standing_by(lead) as led:
        assert ["a", True, "b", True] == [lead.begin(), lead.end(), lead.begin(), lead.end()]
        assert (None, []) == (lead.begin(), led)


def test_who_is_held_up_loses_the_lead_and_does_more_or_stands_by() -> None:
    lead = led_by_this("a", "b", others=2)
    with standing_by(lead, 2) as led:
        lead.begin()
        until(led)
        assert [False, "b", None] == [lead.end(), lead.another(), lead.another()]
        time.sleep(4 * HOLD_SECONDS)
        assert 1 == len(led)  # who leads now is not held up


@pytest.mark.usefixtures("patient")
def test_who_waits_for_somebody_gives_the_lead_up_at_once() -> None:
    lead = led_by_this("a", others=1)
    with standing_by(lead) as led:
        time.sleep(2 * REST_SECONDS)
        lead.give_up()  # nothing is being done, nobody is waited for
        lead.begin()
        assert [] == led
        lead.give_up()
        until(led)
        lead.give_up()
        assert not lead.end()


def test_who_rests_looks_again_when_something_is_done() -> None:
    lead = led_by_this("a", others=1)
    with standing_by(lead) as led:
        time.sleep(4 * REST_SECONDS)
        lead.begin()
        until(led)
        assert not lead.end()

"""The metrics, for Prometheus. The one module that knows its client.

Every process counts for itself in files that all of them share, and whichever is asked adds them up. No label holds
anything that a client could make up.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from service.knowledge.model import RuleBase
from service.web.settings import hand_on
from service.web.telemetry.course import PHASES
from service.web.telemetry.numbers import NUMBER_BYTES, Number, Numbers
from service.web.telemetry.outlet import Outlet
from service.web.telemetry.slots import LOCKS, Slots
from service.web.telemetry.tallies import Seconds, Tallies

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- counting costs no disk; the directory in it is ours alone
DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
PREFIX: Final = "adviser-metrics-"
GATHER_SECONDS: Final = 0.25
"""So long it may take until what is counted is in the numbers. Sooner, and pouring would cost more than counting."""
REQUEST_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PHASE_SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)


disable_created_metrics()  # type: ignore[no-untyped-call]  # the same, whether processes count together or one alone


class Metrics:
    """What is counted. Safe to share between threads and across a fork."""

    def __init__(self, engine_faults: Callable[[], int] = lambda: 0) -> None:
        """Count for this process, or for all that share a directory (see ``share``).

        ``engine_faults`` says how often a matcher of this process has failed until now.
        """
        own = self._registry = CollectorRegistry()
        self.requests = Counter(
            "adviser_requests", "Requests, by method, route and status.", ["method", "route", "status"], registry=own
        )
        self.request_seconds = Histogram(
            "adviser_request_seconds",
            "Seconds from the first byte that reached the service to the whole answer.",
            ["route"],
            registry=own,
            buckets=REQUEST_SECONDS,
        )
        self.phase_seconds = Histogram(
            "adviser_phase_seconds",
            "Seconds that a phase of an advice took: decode, match, explain, encode.",
            ["phase"],
            registry=own,
            buckets=PHASE_SECONDS,
        )
        self.rules_fired = Counter("adviser_rules_fired", "Advice in which a rule fired.", ["rule"], registry=own)
        self.problems = Counter("adviser_problems", "Problems that were answered, by type.", ["type"], registry=own)
        self.cache = Counter(
            "adviser_cache_lookups", "Advice that was looked for in memory: hit or miss.", ["result"], registry=own
        )
        self.engine_faults = Counter(
            "adviser_engine_faults", "Times that the matcher failed and was built anew.", registry=own
        )
        self.rule_base = Gauge(
            "adviser_rule_base_info",
            "Processes that answer by a rule base, by its version and digest.",
            ["version", "digest"],
            registry=own,
            multiprocess_mode="livesum",
        )
        self.reloads = Counter(
            "adviser_rule_base_reloads",
            "Rule bases that were offered while serving: taken or refused.",
            ["result"],
            registry=own,
        )
        self.key_files = Counter(
            "adviser_key_files", "Changed files of keys: taken or refused.", ["result"], registry=own
        )
        self.worker_deaths = Counter(
            "adviser_worker_deaths", "Workers that ended otherwise than by themselves.", registry=own
        )
        self.dropped = Counter(
            "adviser_dropped",
            "What was to be written and was not, because the writing was too slow.",
            ["what"],
            registry=own,
        )
        self._faults_until_now, self._faults = engine_faults, 0
        poured: Outlet[None] = Outlet(lambda _asked: self._pour(), 1, 1, GATHER_SECONDS)
        phases = [_histogram(self.phase_seconds.labels(phase)) for phase in PHASES]
        memory = [_number(self.cache.labels(result)) for result in ("hit", "miss")]
        self.tallies = Tallies(phases, memory, self._rules, partial(poured.put, None, 1))
        self.request = cache(self._request)
        self.seconds_of_request = cache(self._seconds_of_request)
        _ALL.add(self)
        for result in ("taken", "refused"):
            self.reloads.labels(result)
            self.key_files.labels(result)

    def exposed(self) -> bytes:
        """Return all that was counted, by all processes that share a directory, in the text format of Prometheus.

        Of this process it is all until now; of the others, until a little before.
        """
        self._pour()
        if _shared is None:
            return generate_latest(self._registry)
        _shared.slots.release_dead(_shared.clear)
        of_all = CollectorRegistry()
        _OfAll(of_all, str(_shared.directory))  # type: ignore[no-untyped-call]  # the client leaves it open
        return generate_latest(of_all)

    def forget(self) -> None:
        """Forget in a child what was counted before the fork, and is the parent's to pour."""
        self.tallies.forget()
        self._faults = self._faults_until_now()

    def _request(self, method: str, route: str, status: int) -> int:
        """Return where is counted how many requests of a kind there were; ``request`` keeps it."""
        return self.tallies.place(_number(self.requests.labels(method, route, status)))

    def _seconds_of_request(self, route: str) -> Seconds:
        """Return where is counted how long the requests of a route took; ``seconds_of_request`` keeps it."""
        return self.tallies.seconds(_histogram(self.request_seconds.labels(route)))

    def _rules(self, rule_base: RuleBase) -> list[Callable[[], Number]]:
        """Return what finds the number of each rule; it is shown from when the rule has fired."""
        return [partial(self._rule_fired, rule.id) for rule in rule_base.rules]

    def _rule_fired(self, rule: str) -> Number:
        return _number(self.rules_fired.labels(rule))

    def _pour(self) -> None:
        self.tallies.pour()
        faults = self._faults_until_now()
        if faults > self._faults:
            self._faults, more = faults, faults - self._faults
            self.engine_faults.inc(more)


def _number(counter: Counter) -> Number:
    """Return what a counter counts up, of which the labels are known."""
    number: Number = counter._value  # noqa: SLF001 -- there is no other way to it
    return number


def _histogram(of: Histogram) -> Numbers:
    """Return what a histogram counts up, of which the labels are known."""
    return Numbers(of._sum, of._buckets, of._upper_bounds)  # noqa: SLF001 -- the same


class _OfAll(MultiProcessCollector):
    """What the files of all processes hold. One that a process is just making is empty: the client cannot read it."""

    def collect(self) -> Iterable[Metric]:
        """Add the files up."""
        written = [one.path for one in os.scandir(self._path) if one.name.endswith(".db") and _size(one)]
        added_up: Iterable[Metric] = self.merge(written, accumulate=True)  # type: ignore[no-untyped-call]  # the same
        return added_up


def _size(file: os.DirEntry[str]) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


class _Shared:
    """The directory in which the processes of one server count."""

    def __init__(self) -> None:
        parent = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        for old in parent.glob(f"{PREFIX}*"):
            _remove_if_left(old)
        self.directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        self.begin()
        self.numbers: list[Number] = []
        self.slots = Slots(self.directory, self.clear)
        self.slots.own()  # at once: a directory that nobody holds is taken for one that was left

    def begin(self) -> None:
        """Begin without a file: in a child, where the files were the parent's."""
        self._lock = threading.Lock()
        self._files: dict[str, MmapedDict] = {}

    def place(self, kind: str, key: str) -> tuple[Any, int]:
        """Return the numbers of one kind in the file of this process, and where among them that of a key stands."""
        with self._lock:
            if kind not in self._files:
                self._files[kind] = MmapedDict(str(self.directory / f"{kind}_{self.slots.own()}.db"))  # type: ignore[no-untyped-call]  # the client leaves it open
            file = self._files[kind]
            file.read_value(key)  # type: ignore[no-untyped-call]  # which makes it
            return memoryview(file._m).cast("d"), file._positions[key] // NUMBER_BYTES  # noqa: SLF001 -- there is no other way

    def clear(self, number: int) -> None:
        """Take away what was only true while the process lived that had the number."""
        mark_process_dead(number, str(self.directory))  # type: ignore[no-untyped-call]  # the same


def _value(
    typ: str,
    metric_name: str,
    name: str,
    labelnames: Sequence[str],
    labelvalues: Sequence[str],
    help_text: str,
    multiprocess_mode: str = "",
    **_more: Any,
) -> Number:
    """Return a number as the client asks for it. Its own finds its place in a shared file by its name each time."""
    if _shared is None:
        return Number()
    kind = f"{typ}_{multiprocess_mode}" if typ == "gauge" else typ
    key = mmap_key(metric_name, name, [*labelnames], [*labelvalues], help_text)
    number = Number(partial(_shared.place, kind, key))
    _shared.numbers.append(number)
    return number


values.ValueClass = _value


_shared: _Shared | None = None


_ALL: Final[weakref.WeakSet[Metrics]] = weakref.WeakSet()


def _begin_anew() -> None:
    for metrics in _ALL:
        metrics.forget()
    if _shared is not None:
        _shared.begin()
        for number in _shared.numbers:
            number.forget()


os.register_at_fork(after_in_child=_begin_anew)


def share() -> None:
    """Let the metrics that are made from now on, in this process and its children, count together."""
    global _shared  # noqa: PLW0603 -- the client has one kind of numbers for all of a process
    if _shared is not None:
        return
    _shared = _Shared()
    hand_on(DIRECTORY, str(_shared.directory))
    atexit.register(_remove, _shared.directory, os.getpid())


def _remove_if_left(directory: Path) -> None:
    """Remove what a server left that was killed, if all of it is gone; one that was made just now has no lock yet."""
    with suppress(OSError):  # another user's
        if next(directory.glob(LOCKS), None) is not None and not Slots(directory).held():
            shutil.rmtree(directory)


def _remove(directory: Path, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(directory, ignore_errors=True)

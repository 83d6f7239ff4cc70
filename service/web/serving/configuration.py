"""How gunicorn serves the service: every limit with its reason. Knows no rule base."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from service.web.serving.application import Application
from service.web.serving.discreet_logging import DiscreetLogger
from service.web.serving.worker import Worker
from service.web.settings import Settings

THREADS: Final = 4
"""Enough for slow clients; more would only wait for the interpreter."""
HUNG_SECONDS: Final = 30
"""A worker that shows no life for this long is replaced; nothing that is asked keeps the interpreter for a second."""
KEEP_ALIVE_SECONDS: Final = 15
"""Longer than the usual poll of a portal."""
MOST_REQUESTS: Final = 100_000
"""After so many a worker is replaced: a safety net under slow leaks."""
SPREAD: Final = 10_000
"""Not all workers at once."""
LINE_BYTES: Final = 8190
"""Every fact in one query fits."""
HEADERS: Final = 64
CONNECTIONS: Final = 1000
"""Kept open by a worker, most of them idle; each is a descriptor, and a process usually may have 1024."""
BACKLOG: Final = 512
"""Connections that wait to be taken, which a worker does even when it is busy, if only to refuse what they ask."""
FINISH_SECONDS: Final = 900
"""What workers of an older rule base may take for what they have: the largest batch, on a slow machine."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- heartbeats off the disk; gunicorn opens its files safely


def application(settings: Settings) -> Application:
    """Return what gunicorn serves, configured as it is set."""
    return Application(_configured(settings), settings.most_in_hand)


def _configured(settings: Settings) -> dict[str, Any]:
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": Worker,
        "child_exit": _ended,
        "threads": THREADS,
        "preload_app": True,  # workers are forks of one process that has compiled the rule base
        "timeout": HUNG_SECONDS,
        "graceful_timeout": FINISH_SECONDS,
        "worker_connections": CONNECTIONS,
        "backlog": BACKLOG,
        "keepalive": KEEP_ALIVE_SECONDS,
        "max_requests": MOST_REQUESTS,
        "max_requests_jitter": SPREAD,
        "limit_request_line": LINE_BYTES,
        "limit_request_fields": HEADERS,
        "limit_request_field_size": LINE_BYTES,
        "worker_tmp_dir": str(MEMORY) if MEMORY.is_dir() else None,
        "accesslog": None,  # a path can hold a profile
        "logger_class": DiscreetLogger,
        "control_socket_disable": True,  # it would be a file in the home directory, and nothing here uses it
        "forwarder_headers": "",  # no header may change the path: a wrong SCRIPT_NAME from the loopback was a 500
        "secure_scheme_headers": {},  # the service writes no address of itself: it needs no scheme
    }


def _ended(_arbiter: object, worker: Worker) -> None:
    worker.app.neighbours.free(worker.place)

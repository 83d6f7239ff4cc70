"""How gunicorn serves the service; `make run` and the container use it as it is."""

import os
import sys
from pathlib import Path

from gunicorn.http.wsgi import Response

from service.web.settings import SettingsError, settings_from
from service.web.telemetry import logs

# Before numpy is loaded: a worker a core leaves no core for threads that multiply small matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    _settings = settings_from()
except SettingsError as error:
    sys.exit(str(error))

logs.configure(_settings.log_level, _settings.log_format)
wsgi_app = "service.web.app:create_app()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers  # the engine holds the interpreter: processes, not threads
worker_class = "service.web.gunicorn_worker.Worker"  # gthread, which keeps connections open without giving one a worker
threads = 4  # enough for slow clients; more would only wait for the interpreter
preload_app = True  # the rule base is loaded once, and a broken one keeps the server from starting
timeout = 30  # a worker that hangs is replaced
graceful_timeout = 20  # what is under way may finish
keepalive = 15  # longer than the usual poll of a portal
max_requests = 100_000  # a safety net under slow leaks
max_requests_jitter = 10_000  # not all workers at once
limit_request_line = 8190  # every fact in one query fits
limit_request_fields = 64
limit_request_field_size = 8190
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- heartbeats off the disk
accesslog = None  # a path can hold a profile
logger_class = "service.web.gunicorn_logging.DiscreetLogger"
control_socket_disable = True  # it would be a file in the home directory, and nothing here uses it
forwarder_headers = ""  # no header may change the path: a wrong SCRIPT_NAME from the loopback was a 500
secure_scheme_headers = {}  # the service writes no addresses of itself, so no header has to tell it the scheme

_headers = Response.default_headers
# What the server is called helps only those who look for its flaws.
Response.default_headers = lambda self: [one for one in _headers(self) if not one.startswith("Server:")]

"""Serves an application under gunicorn as the service is served: ``python -m bench.as_served MODULE:APP``.

No worker is replaced while it is measured.
"""

from __future__ import annotations

import importlib
import sys

from gunicorn.arbiter import Arbiter

from service.web.serving.configuration import Application
from service.web.settings import settings_from

if __name__ == "__main__":
    module, _, name = sys.argv[1].partition(":")
    application = Application(settings_from())
    application.cfg.set("max_requests", 0)
    application.answer_with(getattr(importlib.import_module(module), name))
    Arbiter(application).run()

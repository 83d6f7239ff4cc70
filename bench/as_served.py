"""Serves an application under gunicorn as the service is served: ``python -m bench.as_served MODULE:APP``.

No worker is replaced while it is measured.
"""

from __future__ import annotations

import importlib
import sys

from gunicorn.arbiter import Arbiter

from service.web.serving.configuration import application
from service.web.settings import settings_from

if __name__ == "__main__":
    module, _, name = sys.argv[1].partition(":")
    served = application(settings_from())
    served.cfg.set("max_requests", 0)
    served.answer_with(getattr(importlib.import_module(module), name))
    Arbiter(served).run()

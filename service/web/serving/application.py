"""What gunicorn serves, and what its processes know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config

from service.web.serving.draining import Draining
from service.web.serving.neighbours import Neighbours


class Application(BaseApplication):
    """What gunicorn asks for: its configuration, and, once it is there, what a worker calls for a request.

    ``draining`` is shared by all processes, ``neighbours`` by the workers that answer with one application;
    ``most_in_hand`` is how many requests a worker has at most.
    """

    cfg: Config

    def __init__(self, configured: Mapping[str, Any], most_in_hand: int) -> None:
        """Configure gunicorn by what differs from its defaults."""
        self._configured = configured
        self.draining = Draining()
        self.most_in_hand = most_in_hand
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        for name, value in self._configured.items():
            self.cfg.set(name, value)

    def answer_with(self, app: Flask) -> None:
        """Let workers that are forked from now on call this application."""
        self.neighbours = Neighbours(self.cfg.workers)
        self.callable = app  # type: ignore[assignment]  # stricter than WSGI is about the type of environ

"""Gunicorn's messages in the service's own log, without what clients send: those on bad requests quote them."""

from __future__ import annotations

import logging
from typing import Final

from gunicorn.config import Config
from gunicorn.glogging import Logger

from service.web.telemetry.logs import ServerHandler

QUOTING: Final = ("Invalid request", "Error handling", "Error processing", "Socket error processing")


class _WithoutQuotes(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record; of a message on a request only its beginning, and no traceback."""
        beginning = next((one for one in QUOTING if str(record.msg).startswith(one)), None)
        if beginning is not None:
            record.msg, record.args = f"{beginning} (its content is not logged)", ()
            record.exc_info = record.exc_text = None
        return True


class DiscreetLogger(Logger):
    """Says that a request could not be read, not what was in it."""

    def setup(self, cfg: Config) -> None:
        """Hand everything to the service's log, with the filter in front of it."""
        super().setup(cfg)
        self.error_log.handlers = [ServerHandler()]
        self.error_log.addFilter(_WithoutQuotes())

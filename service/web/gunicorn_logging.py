"""Gunicorn's log without what clients send: its messages on bad requests quote them."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

QUOTING = ("Invalid request", "Error handling request", "Error processing", "Socket error processing")


class DiscreetLogger(Logger):  # type: ignore[misc]  # gunicorn has no type information
    """Says that a request could not be read, not what was in it."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a warning; of messages on a request only the beginning."""
        self._log(super().warning, msg, args, kwargs)

    def error(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log an error; of messages on a request only the beginning."""
        self._log(super().error, msg, args, kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log an exception; of one on a request no traceback, whose last line can quote it."""
        self._log(super().exception if not str(msg).startswith(QUOTING) else super().error, msg, args, kwargs)

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Leave out what gunicorn says of requests when it is told to say everything."""

    def _log(self, write: Any, msg: str, args: Any, kwargs: Any) -> None:
        beginning = next((one for one in QUOTING if str(msg).startswith(one)), None)
        if beginning is not None:
            write(f"{beginning} (its content is not logged)")
        else:
            write(msg, *args, **kwargs)

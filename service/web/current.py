"""The request that is being answered, as it is: Flask's ``request`` finds its way to it at each touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from flask.globals import _cv_request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from service.web.telemetry.exchange import Exchange

EXCHANGE: Final = "adviser.exchange"
"""What becomes of a request, among what the server says of it."""


def environ() -> WSGIEnvironment:
    """Return what the server says of it."""
    return _cv_request.get().request.environ


def route() -> str:
    """Return the address of who answers it, as it stands in the table of them; empty when nobody does."""
    rule = _cv_request.get().request.url_rule
    return rule.rule if rule else ""


def begin(begun: Exchange) -> None:
    """Keep what becomes of it, for as long as it is answered."""
    environ()[EXCHANGE] = begun


def exchange() -> Exchange:
    """Return what becomes of it."""
    return cast("Exchange", environ()[EXCHANGE])

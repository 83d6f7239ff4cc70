"""The request that is being answered, as it is: Flask's ``request`` finds its way to it at each touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from flask.ctx import _AppCtxGlobals
from flask.globals import _cv_request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Request
    from werkzeug.routing import Rule

    from service.web.telemetry.exchange import Exchange

EXCHANGE: Final = "adviser.exchange"
"""What becomes of a request, among what the server says of it."""


class Context:
    """What Flask's ``request`` and ``g`` lead to on the short way: both are made when they are asked for.

    There is no session, and nothing is torn down.
    """

    def __init__(self, app: Flask, rule: Rule, environ: WSGIEnvironment) -> None:
        """Begin, with what the server says of the request, and the rule by which is answered."""
        self.app, self.rule, self.environ = app, rule, environ
        self._request: Request | None = None
        self._g: _AppCtxGlobals | None = None

    @property
    def request(self) -> Request:
        """The request."""
        made = self._request
        if made is None:
            made = self.app.request_class(self.environ)
            made.url_rule, made.view_args = self.rule, {}
            self._request = made
        return made

    @property
    def g(self) -> _AppCtxGlobals:
        """What is kept while it is answered, by whoever wants to."""
        if self._g is None:
            self._g = _AppCtxGlobals()
        return self._g


def environ() -> WSGIEnvironment:
    """Return what the server says of it."""
    context: object = _cv_request.get()
    return context.environ if isinstance(context, Context) else _cv_request.get().request.environ


def route() -> str:
    """Return the address of who answers it, as it stands in the table of them; empty when nobody does."""
    context: object = _cv_request.get()
    rule = context.rule if isinstance(context, Context) else _cv_request.get().request.url_rule
    return rule.rule if rule else ""


def begin(begun: Exchange) -> None:
    """Keep what becomes of it, for as long as it is answered."""
    environ()[EXCHANGE] = begun


def exchange() -> Exchange:
    """Return what becomes of it."""
    return cast("Exchange", environ()[EXCHANGE])

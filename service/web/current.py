"""The request that is being answered, as it is: Flask's ``request`` finds its way to it at each touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from flask.ctx import _AppCtxGlobals
from flask.globals import _cv_request
from mypy_extensions import mypyc_attr

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Request
    from werkzeug.routing import Rule

    from service.web.telemetry.exchange import Exchange

EXCHANGE: Final = "adviser.exchange"
"""What becomes of a request, among what the server says of it."""
_context: Final = _cv_request.get  # found faster in a compiled module than what is imported


@mypyc_attr(acyclic=True)
class Context:
    """What Flask's ``request`` and ``g`` lead to on the short way: both are made when they are asked for.

    There is no session, and nothing is torn down.
    """

    def __init__(self, app: Flask, rule: Rule, route: str, environ: WSGIEnvironment) -> None:
        """Begin, with what the server says of the request, and the rule of the address by which is answered."""
        self.app, self.rule, self.route, self.environ = app, rule, route, environ
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
    context: object = _context()
    return context.environ if isinstance(context, Context) else _cv_request.get().request.environ


def asked() -> tuple[WSGIEnvironment, str]:
    """Return what the server says of it, and who answers it: an address as it stands in the table of them.

    That is empty when nobody does.
    """
    context: object = _context()
    if isinstance(context, Context):
        return context.environ, context.route
    request = _cv_request.get().request
    return request.environ, request.url_rule.rule if request.url_rule else ""


def exchange() -> Exchange:
    """Return what becomes of it."""
    return cast("Exchange", environ()[EXCHANGE])

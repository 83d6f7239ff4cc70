"""The request that is being answered, as it is: Flask's ``request`` finds its way to it at each touch."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Final, cast

from flask.ctx import _AppCtxGlobals
from flask.globals import _cv_app, _cv_request
from mypy_extensions import i64, mypyc_attr

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Request
    from flask.ctx import AppContext, RequestContext
    from werkzeug.routing import Rule

    from service.web.telemetry.exchange import Exchange

OUTSIDE: Final = "No request is being answered."
EXCHANGE: Final = "adviser.exchange"
"""What becomes of a request, among what the server says of it."""
_context: Final = _cv_request.get  # found faster in a compiled module than what is imported
_app_context: Final = _cv_app.get
_thread: Final = get_ident
_NOTHING: Final[WSGIEnvironment] = {}


@mypyc_attr(acyclic=True)
class Context:
    """What Flask's ``request`` and ``g`` lead to on the short way: both are made when they are asked for.

    There is no session, and nothing is torn down. A thread keeps its context, and Flask finds it in its place all the
    time: to put one there for each request, and take it away again, takes longer than all else that is done with it.
    """

    def __init__(self) -> None:
        """Have no request yet."""
        self.thread: i64 = _thread()
        self.app: Flask | None = None
        self.rule: Rule | None = None
        self._request: Request | None = None
        self._g: _AppCtxGlobals | None = None
        self.end()

    def begin(self, app: Flask, rule: Rule, route: str, environ: WSGIEnvironment) -> None:
        """Begin, with what the server says of the request, and the rule of the address by which is answered."""
        self.app, self.rule, self.route, self.environ = app, rule, route, environ

    def end(self) -> None:
        """Know nothing of it any more."""
        self.app, self.rule, self.route, self.environ = None, None, "", _NOTHING
        self._request, self._g = None, None

    @property
    def request(self) -> Request:
        """The request."""
        made = self._request
        if made is None:
            if self.app is None:
                raise RuntimeError(OUTSIDE)
            made = self.app.request_class(self.environ)
            made.url_rule, made.view_args = self.rule, {}
            self._request = made
        return made

    @property
    def g(self) -> _AppCtxGlobals:
        """What is kept while it is answered, by whoever wants to."""
        if self.app is None:
            raise RuntimeError(OUTSIDE)
        if self._g is None:
            self._g = _AppCtxGlobals()
        return self._g


def free() -> Context | None:
    """Return the context of this thread, which it gets with its first request.

    None while another request is answered in it, in Flask's own way or on the short one.
    """
    context: object = _context(None)
    of_app: object = _app_context(None)
    if context is None and of_app is None:
        made = Context()
        _cv_app.set(cast("AppContext", made))
        _cv_request.set(cast("RequestContext", made))
        return made
    if context is of_app and isinstance(context, Context) and context.app is None and context.thread == _thread():
        return context
    return None


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

"""Flask, with a short way for what is asked most: a fixed address, in an ordinary request.

What Flask gathers anew for each request (who answers, what comes before and after it) is gathered once for each of
these addresses, and what it makes for each request (sessions, an adapter of the address, headers by name) only when it
is asked for. All else goes Flask's own way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from flask.app import Flask
from flask.wrappers import Response
from mypy_extensions import mypyc_attr
from werkzeug.routing import Rule

from service.web import current, responses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST: Final = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*(:[0-9]{1,5})?")
"""A host of which Werkzeug thinks nothing but that it is one, whatever it is."""
HOSTS_KEPT: Final = 256
SHORT: Final = frozenset({"GET", "HEAD", "POST"})
_hosts: Final[set[str]] = set()


class _Route:
    """Who answers at an address, and what comes before and after."""

    def __init__(
        self,
        rule: Rule,
        view: Callable[[], Any],
        before: list[Callable[[], Any]],
        after: list[Callable[[Any], Any]],
    ) -> None:
        self.rule, self.view, self.before, self.after = rule, view, before, after
        self.address = rule.rule


@mypyc_attr(native_class=False)  # Flask makes no room for one
class Service(Flask):
    """Flask with the short way, and without asking whether a function is a coroutine: none is."""

    response_class = responses.Answer
    _routes: dict[str, dict[str, _Route]] | None = None

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        routes = self._routes
        if routes is None:
            routes = self._routes = self._fixed()
        at_address = routes.get(environ["PATH_INFO"])
        route = at_address.get(environ["REQUEST_METHOD"]) if at_address is not None else None
        context = current.free() if route is not None and _is_ordinary(environ) else None
        if route is None or context is None:
            return Flask.wsgi_app(self, environ, start_response)
        context.begin(self, route.rule, route.address, environ)
        try:
            try:
                response = self._answer(route)
            except Exception as error:  # noqa: BLE001 -- as Flask does
                response = self.handle_exception(error)
            body, status, headers = response.get_wsgi_response(environ)
            start_response(status, headers)
            return body
        finally:
            context.end()

    def _answer(self, route: _Route) -> Response:
        try:
            given = None
            for before in route.before:
                given = before()
                if given is not None:
                    break
            else:
                given = route.view()
        except Exception as error:  # noqa: BLE001 -- the same
            given = self.handle_user_exception(error)
        response: Response = given if isinstance(given, responses.Answer) else self.make_response(given)
        for after in route.after:
            response = after(response)
        return response

    def _fixed(self) -> dict[str, dict[str, _Route]]:
        """Return the routes of fixed addresses by address and method, when all that there is was registered.

        There are none when something is registered that the short way does not know.
        """
        if self.teardown_request_funcs or self.teardown_appcontext_funcs or self.url_value_preprocessors:
            return {}
        self._got_first_request = True
        addresses = self.url_map.bind("")
        found: dict[str, dict[str, _Route]] = {}
        for rule in self.url_map.iter_rules():
            for method in SHORT & (rule.methods or set()) if not rule.arguments else ():
                matched, _ = addresses.match(rule.rule, method, return_rule=True)
                found.setdefault(rule.rule, {})[method] = self._route(matched)
        return found

    def _route(self, rule: Rule) -> _Route:
        parts = rule.endpoint.split(".")[:-1]
        names = [None, *(".".join(parts[: size + 1]) for size in range(len(parts)))]
        before = [func for name in names for func in self.before_request_funcs.get(name, ())]
        after = [func for name in reversed(names) for func in reversed(self.after_request_funcs.get(name, ()))]
        return _Route(rule, self.view_functions[rule.endpoint], before, after)


def _is_ordinary(environ: WSGIEnvironment) -> bool:
    """Tell whether Werkzeug would look at nothing but method and address, and nobody at more than the answer."""
    if "HTTP_UPGRADE" in environ or "werkzeug.debug.preserve_context" in environ:  # of tests
        return False
    host = environ.get("HTTP_HOST")
    return host is None or _is_host(host)


def _is_host(given: str) -> bool:
    if given in _hosts:
        return True
    if HOST.fullmatch(given) is None:
        return False
    if len(_hosts) >= HOSTS_KEPT:
        _hosts.clear()
    _hosts.add(given)
    return True

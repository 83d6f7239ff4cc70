"""What is done with every request, whatever answers it: its exchange begins, its answer is completed and told of."""

from __future__ import annotations

from flask import Flask, Response

from service.web import current, responses
from service.web.telemetry.observer import Observer


class _Watch:
    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def begin(self) -> None:
        environ, route = current.asked()
        environ[current.EXCHANGE] = self._observer.asked(environ, route)

    def end(self, response: Response) -> Response:
        exchange = current.exchange()
        responses.complete(response, exchange)
        self._observer.answered(exchange, response)
        return response


def watch(app: Flask, observer: Observer) -> None:
    """Watch the requests of an app; to be called before all else, so that what others do is seen."""
    one = _Watch(observer)
    app.before_request(one.begin)
    app.after_request(one.end)

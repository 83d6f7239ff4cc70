"""The metrics as Prometheus asks for them; outside the versioned interface."""

from __future__ import annotations

from flask import Blueprint, Response

from service.web import responses
from service.web.telemetry.exchange import METRICS
from service.web.telemetry.metrics import MEDIA_TYPE, Metrics


def scraping(metrics: Metrics) -> Blueprint:
    """Make the route of the metrics."""
    blueprint = Blueprint("scraping", __name__)

    @blueprint.get(METRICS)
    def expose() -> Response:
        return responses.answer(metrics.exposed(), None, responses.NO_STORE, media_type=MEDIA_TYPE)

    return blueprint

"""The application: the only place that wires things together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final

from flask import Flask, Response, request
from flask_cors import CORS

from service.advice.adviser import Adviser
from service.knowledge.findings import RuleBaseError
from service.knowledge.model import RuleBase
from service.knowledge.versions import load_versions
from service.web import problems
from service.web.access import HEADER, guard
from service.web.assets import assets, read_assets
from service.web.batch import batch
from service.web.bodies import MEBIBYTE, MOST_BYTES
from service.web.catalogue import catalogue
from service.web.compare import compare
from service.web.contract import contract
from service.web.dispatching import Service
from service.web.explanations import explanations
from service.web.health import health
from service.web.interview import interview
from service.web.pages import page_maker, pages
from service.web.problem_pages import problem_pages
from service.web.recommendations import recommendations
from service.web.reference import reference
from service.web.scraping import scraping
from service.web.settings import Settings, SettingsError, settings_from
from service.web.telemetry.decisions import decision_log
from service.web.telemetry.observer import OBSERVER, Observer, Tracing
from service.web.versions import Versions
from service.web.watching import watch

BASE: Final = "/v1"


def create_app(settings: Settings | None = None) -> Flask:
    """Make the WSGI application: load, check and compile the rule base, then add the routes.

    Raises:
        SystemExit: with every mistake in the settings, or every finding on the rule base.
    """
    try:
        settings = settings or settings_from()
        return wired(settings, load_versions(settings.rules, settings.kept_rules))
    except SettingsError as error:
        sys.exit(str(error))
    except RuleBaseError as error:
        sys.exit(f"The rule base is not served, because it has findings:\n{error}")


def wired(settings: Settings, rule_bases: Sequence[RuleBase], draining: Callable[[], bool] = lambda: False) -> Flask:
    """Compile the rule bases, of which the first answers by default, and add the routes.

    ``draining`` tells whether the service is about to stop.

    Raises:
        MatcherError: when a rule base cannot be compiled.
        TallyError: when its rules could add up to more than is counted.
        SettingsError: when the settings name a fact that it does not have.
    """
    versions = Versions([Adviser(one) for one in rule_bases])
    adviser = versions.default
    app = Service(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES + 1
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.merge_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if settings.allowed_origins:
        _allow_origins(app, settings.allowed_origins)
    held, open_to_all = read_assets(), contract()
    page = page_maker(held)
    tracing = _tracing() if settings.tracing else None
    observer = Observer([*versions], decision_log(settings, adviser.rule_base), tracing)
    watch(app, observer)
    app.extensions[OBSERVER] = observer
    problems.register(app)
    if settings.keys is not None:
        guard(app, settings.keys, BASE, open_to_all.name)
    app.register_blueprint(recommendations(versions, settings.cache_mib * MEBIBYTE), url_prefix=BASE)
    app.register_blueprint(batch(versions, settings.spool, observer), url_prefix=BASE)
    app.register_blueprint(interview(versions), url_prefix=BASE)
    app.register_blueprint(compare(versions), url_prefix=BASE)
    app.register_blueprint(explanations(versions), url_prefix=BASE)
    app.register_blueprint(catalogue(versions), url_prefix=BASE)
    app.register_blueprint(open_to_all, url_prefix=BASE)
    app.register_blueprint(health(adviser, draining))
    if settings.metrics:
        app.register_blueprint(scraping(observer.metrics))
    app.register_blueprint(problem_pages(adviser, page))
    app.register_blueprint(assets(held))
    recorded = settings.decision_log is not None
    app.register_blueprint(pages(adviser, page, settings.frame_ancestors, recorded=recorded))
    app.register_blueprint(reference(adviser, page))
    return app


def _tracing() -> Callable[[], Tracing]:
    """Return what makes traces.

    Raises:
        SettingsError: when the extra is not installed.
    """
    try:
        from service.web.telemetry.tracing import Tracing as made  # noqa: N813, PLC0415 -- an extra
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("opentelemetry"):
            raise
        message = "ADVISER_TRACING is on, and OpenTelemetry is not installed. Install it: make .venv/tracing"
        raise SettingsError(message) from error
    return made


def _allow_origins(app: Flask, origins: tuple[str, ...]) -> None:
    CORS(
        app,
        resources={
            rf"{BASE}/(?!openapi\.).*": {
                "origins": list(origins),
                "methods": ["GET", "HEAD", "POST", "OPTIONS"],
                "allow_headers": ["Content-Type", "If-None-Match", "traceparent", HEADER],
                "expose_headers": [
                    "API-Version",
                    "Rule-Base-Version",
                    "X-Request-Id",
                    "Decision-Id",
                    "ETag",
                    "traceparent",
                ],
                "max_age": 600,
            }
        },
    )

    @app.after_request
    def vary_by_origin(response: Response) -> Response:
        """Keep a cache from giving one origin's answer to another; flask-cors says so of some answers only."""
        if request.path.startswith(f"{BASE}/") and response.headers.get("Access-Control-Allow-Origin") != "*":
            response.vary.add("Origin")
        return response

"""The command that answers over HTTP."""

from __future__ import annotations

import click

from service.web.serving.keeper import Keeper
from service.web.settings import SettingsError, settings_from
from service.web.telemetry import logs, metrics


@click.command("serve")
def serve_command() -> None:
    """Answer over HTTP, as the settings in the environment say (docs/reference/settings.md).

    SIGHUP reloads the rules without losing a request, SIGTERM finishes what is under way and ends. Exit status: 0,
    or 1 when settings or rules cannot be used.
    """
    try:
        settings = settings_from()
    except SettingsError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error
    logs.configure(settings.log_level, settings.log_format)
    if settings.metrics:
        metrics.share()
    raise SystemExit(Keeper(settings).run())

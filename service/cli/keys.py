"""The command that makes API keys."""

from __future__ import annotations

from datetime import datetime

import click

from service.web.keys import KeyFileError, new_key


@click.command("key")
@click.argument("name")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which the key counts.")
def key_command(name: str, until: datetime | None) -> None:
    """Make an API key for the client NAME.

    Its line for the file that ADVISER_KEYS names goes to standard output, so that >> adds it to the file. The key
    itself goes to standard error: it is shown this once and kept nowhere.
    """
    try:
        secret, key = new_key(name, until.date() if until else None)
    except KeyFileError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    click.echo(f"The key, to be given to the client and to nobody else: {secret}", err=True)
    click.echo(key.line())

"""The command line: every command of ``python -m service``, each loaded when it is the one that is asked for."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Final

import click

COMMANDS: Final = {
    "serve": "server",
    "check": "trying",
    "test": "trying",
    "mutate": "trying",
    "evaluate": "measuring",
    "interview": "measuring",
    "hindsight": "measuring",
    "schema": "generating",
    "contract": "generating",
    "docs": "generating",
    "diff": "exchanging",
    "export": "exchanging",
    "import": "exchanging",
    "batch": "many",
    "replay": "many",
    "key": "keys",
}
"""The module of each command, in which it is the function NAME_command."""


class _Commands(click.Group):
    """Loads a command when it is asked for: a server starts sooner without the tools of rule owners."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """List the names of all commands."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- the same
        """Return the command of that name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # what is loaded stays: to look for rubbish among it would be a tenth of the start
        module = import_module(f"service.cli.{COMMANDS[cmd_name]}")
        gc.enable()
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(cls=_Commands)
def main() -> None:
    """Work with the rule base of the Co-creation Advisor."""

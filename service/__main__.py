"""Makes ``python -m service`` the command line."""

from service.cli import main

main(prog_name="python -m service")

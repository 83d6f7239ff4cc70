"""Makes ``python -m service`` the command line."""

from service.cli import main
from service.web.settings import leave_cores_alone

leave_cores_alone()  # before a command is loaded, and numpy with it
main(prog_name="python -m service")

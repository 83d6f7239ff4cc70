"""Makes ``python -m service`` the command line."""

from service.web.settings import leave_cores_alone

leave_cores_alone()

from service.cli import main  # noqa: E402 -- it loads numpy, which asks for threads as it is loaded

main(prog_name="python -m service")

"""`pteah`: the operator's command line. Each command is loaded only when it is called."""

import importlib
from importlib.metadata import PackageNotFoundError, version

import click

COMMANDS = {
    "audit": "server.commands.audit",
    "backup": "server.commands.backup",
    "demo": "server.commands.demo",
    "device": "server.commands.device",
    "erase": "server.commands.erase",
    "export": "server.commands.export",
    "key": "server.commands.key",
    "doctor": "server.commands.doctor",
    "form": "server.commands.form",
    "login": "server.commands.login",
    "rebuild": "server.commands.rebuild",
    "retention": "server.commands.retention",
    "restore": "server.commands.restore",
    "serve": "server.commands.serve",
    "submission": "server.commands.submission",
    "tick": "server.commands.tick",
    "token": "server.commands.token",
    "user": "server.commands.user",
    "work": "server.commands.work",
    "worker": "server.commands.worker",
}


class Pteah(click.Group):
    """The commands of `COMMANDS`; starting one does not load the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]}.command is no click command")
        return command


def installed_version() -> str:
    """The version of Pteah that runs, as `pip` knows it."""
    try:
        return version("pteah")
    except PackageNotFoundError:
        return "unknown (not installed)"


@click.group(cls=Pteah, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(installed_version(), prog_name="pteah")
def main() -> None:
    """Pteah: the backend behind the phones of outreach workers.

    Every command takes --data DIR (or PTEAH_DATA), finds the MongoDB that a running server started
    there, and says more with --help.
    """


if __name__ == "__main__":
    main()

"""The commands; each is imported only when it runs."""

from importlib import import_module

import click

from galc import __version__

_COMMANDS = {
    "build": "Compile a gateway file into each target's configuration.",
    "check": "Report errors, warnings and notes of gateway files.",
    "explain": "Show what each target can do, or a field, a target or a code.",
    "test": "Run the tests that stand in a gateway file.",
    "trace": "Show what becomes of a request: the route, each policy, the answer.",
    "diff": "Tell what changes in meaning between two gateway files.",
    "fmt": "Rewrite .gal files in their canonical form.",
    "convert": "Print a gateway file in the other spelling.",
}


class _Lazy(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = import_module(f"galc.cli.{name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from galc.diagnostics import nearest

            word = nearest(args[0], tuple(_COMMANDS))
            hint = f" Did you mean '{word}'?" if word else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx) from error

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="galc %(version)s")
def galc() -> None:
    """Compile one gateway file for every API gateway, with the same behaviour on each."""

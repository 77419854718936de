"""The help page of a command, without the names of Python types that typer shows beside each parameter."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class PlainCommand(TyperCommand):
    """A command. Its help page shows `--force`, not `--force <bool>`, and `FEED`, not `FEED <list[Path]>`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `--help` included."""
        return [_without_type(parameter) for parameter in super().get_params(ctx)]


class PlainGroup(TyperGroup):
    """The group of all commands, with a help page like that of `PlainCommand`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `--help` included."""
        return [_without_type(parameter) for parameter in super().get_params(ctx)]


def _without_type(parameter: Any) -> Any:
    if isinstance(parameter, TyperArgument):
        # typer has no setting for the type of an argument.
        parameter.display_type_rich = lambda ctx: None  # type: ignore[method-assign]
    elif isinstance(parameter, TyperOption) and parameter.is_flag:
        parameter.metavar = ""
    return parameter

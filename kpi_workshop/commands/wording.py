"""What the command line says of itself: its commands in their order, and one sentence for what was typed wrongly."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import click

from ..errors import WorkshopError, did_you_mean

ORDER = (
    "demo", "new", "import", "lab", "serve", "run", "report", "schedule", "send", "charter", "thanks", "measures",
    "sort", "evidence", "backup", "restore", "pack", "purge",
)  # fmt: skip
"""As somebody meets them."""


class Commands(click.Group):
    """The commands; a word that none of them takes is a WorkshopError of one sentence, and its exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*ORDER, *sorted(set(self.commands) - set(ORDER))]

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(info_name, args, *more, **extra)
        except click.UsageError as error:
            _refuse(error)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            near = did_you_mean(name, ORDER) or "kpi-workshop --help names them."
            raise WorkshopError(f"There is no command '{name}'. {near}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            _refuse(error)


def _refuse(error: click.UsageError) -> NoReturn:
    if type(error).__name__ == "NoArgsIsHelpError":
        raise error
    command = error.ctx.command_path if error.ctx else "kpi-workshop"
    raise WorkshopError(f"{_wrong(error, command)} {command} --help shows how it is typed.") from None


def _wrong(error: click.UsageError, command: str) -> str:
    """The sentence without its remedy."""
    if isinstance(error, click.NoSuchOption):
        known = [word for parameter in error.ctx.command.params for word in parameter.opts] if error.ctx else []
        options = [word for word in known if word.startswith("-")]
        return f"{command} has no option '{error.option_name}'. {did_you_mean(error.option_name, options)}".strip()
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{command} needs {_named(error.param)}."
    if isinstance(error, click.BadParameter) and error.param is not None:
        return f"{_named(error.param)}: {error.message}"
    if one_more := re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message):
        return f"{command} does not take '{one_more[1]}' as well."
    return f"{error.message.rstrip('.')}."


def _named(parameter: click.Parameter) -> str:
    return parameter.opts[-1] if isinstance(parameter, click.Option) else parameter.human_readable_name

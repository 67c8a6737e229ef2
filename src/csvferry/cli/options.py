"""The commands' options: those of a feed are made from its fields, the others stand here."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from enum import EnumType
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.models import OptionInfo

from csvferry.config.feed import Feed, field_options
from csvferry.config.feeds_file import CONFIG

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help=f"{Feed.model_fields['source'].description} Without SOURCE: the feeds of {CONFIG}.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per file (or row).")]
Config = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help=f"Feeds to run. [default: {CONFIG}]"),
]
FeedNames = Annotated[
    list[str] | None,
    typer.Option("--feed", metavar="NAME", help=f"Some feeds of {CONFIG} alone; repeatable."),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics-file",
        metavar="FILE",
        help="Write what node_exporter's textfile collector reads; a name that ends in .prom.",
    ),
]
Command = Callable[..., None]
_FLAG = re.compile(r"--[A-Za-z]")


class Commands(TyperGroup):
    """The commands; a value that looks like an option is most likely one, its own left out."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command and its words. Raises UsageError, of Click, for such a value."""
        name, command, words = super().resolve_command(ctx, args)
        flags = _valued(command.params) if command else frozenset()
        for flag, value in pairwise(words):
            if flag == "--":
                break
            if flag in flags and _FLAG.match(value):
                ctx.fail(f"{flag} has no value: {value} is an option (else write {flag}={value})")
        return name, command, words


def _valued(parameters: Sequence[Any]) -> frozenset[str]:
    """The options that take a value."""
    options = [one for one in parameters if one.param_type_name == "option" and not one.is_flag]
    return frozenset(word for one in options for word in one.opts)


def option(field: str) -> OptionInfo:
    """A feed's field as an option; it is None, or False for a switch, where it is not given."""
    known = field_options()[field]
    word = known.word(field)
    flag = f"--{field}/--{word}" if word.startswith("no-") else f"--{word}"
    made: OptionInfo = typer.Option(
        flag, metavar=known.metavar, help=_help(field), show_default=False
    )
    return made


def takes_feed(command: str) -> Callable[[Command], Command]:
    """Give a command, for its `**given`, the options of a feed that it takes."""

    def decorate(function: Command) -> Command:
        fixed = [
            parameter
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        made = [_parameter(name) for name, o in field_options().items() if command in o.commands]
        signature = inspect.Signature([*fixed[:1], *made, *fixed[1:]])
        function.__signature__ = signature  # type: ignore[attr-defined]
        function.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        return function

    return decorate


def feed_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that were given, under the names of a feed's fields."""
    return {
        name: value
        for name, value in given.items()
        if value not in (None, []) and value is not Feed.model_fields[name].default
    }


def _parameter(field: str) -> inspect.Parameter:
    kind = _kind(field)
    switch = Feed.model_fields[field].default is False
    return inspect.Parameter(
        field,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=False if switch else None,
        annotation=Annotated[kind if switch else kind | None, option(field)],
    )


def _kind(field: str) -> Any:
    """The type of the option's value as Typer is to read it."""
    declared = Feed.model_fields[field].annotation
    if declared in (bool, bool | None):
        return bool
    if isinstance(declared, EnumType):
        return declared
    return list[str] if field_options()[field].repeated else str


def _help(field: str) -> str:
    known = field_options()[field]
    default = Feed.model_fields[field].get_default(call_default_factory=True)
    shown = known.default or (str(default) if default and default is not True else None)
    return f"{known.help} [default: {shown}]" if shown else known.help

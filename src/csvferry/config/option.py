"""How a field of a feed is given on the command line."""

from dataclasses import dataclass

CHANGING = frozenset({"sync", "plan"})
WITH_DATABASE = CHANGING | {"verify"}
READING = WITH_DATABASE | {"check"}


@dataclass(frozen=True)
class Option:
    """A flag with its help.

    `metavar`: what stands for the value. `flag`: where it is not the field's name; `--no-…`
    switches a field off. `default`: in words, where the field's default does not say it.
    `repeated`: may be given several times. `one_place`: means one table, so that it cannot be given
    for several feeds.
    """

    help: str
    metavar: str | None = None
    flag: str | None = None
    default: str | None = None
    commands: frozenset[str] = READING
    repeated: bool = False
    one_place: bool = False

    def word(self, field: str) -> str:
        """The flag without its hyphens: `max-rejects`."""
        return self.flag.removeprefix("--") if self.flag else field.replace("_", "-")

"""Addresses of objects: `s3://bucket/key`, a prefix ending in `/`, or a glob."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from glob import has_magic
from itertools import pairwise

from csvferry.errors import UsageError
from csvferry.sources.source_object import is_csv, is_text

SCHEMES = {"s3": "s3", "gs": "gs", "az": "az", "azure": "az"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What S3, Google and Azure allow; it becomes a part of the host name that is asked.
_BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{0,254}")
_WILD = re.compile(r"[*?[]")
_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*(?:\]|\Z)|.", re.DOTALL)
_WITHOUT_SETS = re.compile(r"\*\*/|\*\*|\*|\?|.", re.DOTALL)

Step = str | re.Pattern[str]


@dataclass(frozen=True)
class Address:
    """A bucket, and the key, prefix or glob of what is meant in it (as it is, not URL-encoded)."""

    scheme: str
    bucket: str
    key: str

    @property
    def many(self) -> bool:
        """Whether more than one object can be meant."""
        return self.key == "" or self.key.endswith("/") or has_magic(self.key)

    @property
    def folder(self) -> str:
        """The longest folder that holds everything that is meant, without its last slash."""
        return _WILD.split(self.key, maxsplit=1)[0].rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def readable(self) -> bool:
        """Whether obstore asks for just this key: it drops a slash in front, and refuses these."""
        parts = self.key.split("/")
        return not (_CONTROL.search(self.key) or {"", ".", ".."}.intersection(parts))

    def matches(self, key: str) -> bool:
        """Whether an object of this bucket is meant."""
        if key == self.key:
            return not key.endswith("/")
        if self._is_prefix:
            return key.startswith(self.key) and is_csv(key) and not self._is_hidden(key)
        return has_magic(self.key) and bool(self._glob(key))

    def holds_text(self, key: str) -> bool:
        """Whether an object under this prefix is a `.txt` file."""
        return (
            self._is_prefix
            and key.startswith(self.key)
            and is_text(key)
            and not self._is_hidden(key)
        )

    @property
    def _is_prefix(self) -> bool:
        return self.key == "" or self.key.endswith("/")

    def _is_hidden(self, key: str) -> bool:
        return any(part.startswith(".") for part in key[len(self.key) :].split("/"))

    def uri(self, key: str) -> str:
        """The address of one object of this bucket."""
        return f"{self.scheme}://{self.bucket}/{key}"

    @cached_property
    def _glob(self) -> Callable[[str], object]:
        tokens = _tokens(self.key)
        if _backtracks(tokens):
            return partial(_fits, [*map(_step, tokens)])
        return re.compile(_regex(tokens), re.DOTALL).fullmatch

    def __str__(self) -> str:
        """The address as it is written."""
        return self.uri(self.key)


def parse_address(text: str) -> Address:
    """`s3://bucket/key`; what stands after the bucket is the key itself. Raises UsageError."""
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in SCHEMES or not _BUCKET.fullmatch(bucket):
        raise UsageError(
            f"{scheme}://{bucket} is no address of an object", "as in s3://BUCKET/FOLDER/FILE.csv"
        )
    return Address(SCHEMES[scheme], bucket, key)


def _regex(tokens: Sequence[str]) -> str:
    """A glob as a regular expression: `*` ends at a slash, `**` does not.

    Where the next star can take what this one leaves, this one takes the least that will do and
    never more: a key made for it would otherwise be tried in thousands of millions of ways.
    """
    stars, parts = _cut(tokens)
    behind = (
        f"(?>{_STARS[star]}?{part})" if (star, then) in _SETTLED else _STARS[star] + part
        for (star, then), part in zip(pairwise([*stars, ""]), parts[1:], strict=True)
    )
    return parts[0] + "".join(behind)


def _cut(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """The stars, and regular expressions of what stands before, between and behind them."""
    stars, parts = [], [""]
    for token in tokens:
        if token in _STARS:
            stars.append(token)
            parts.append("")
        else:
            parts[-1] += _one(token)
    return stars, parts


def _backtracks(tokens: Sequence[str]) -> bool:
    """Whether several stars of the regular expression would be tried with each other."""
    stars, _ = _cut(tokens)
    return sum(pair not in _SETTLED for pair in pairwise(stars)) > 1


def _fits(steps: Sequence[Step], key: str) -> bool:
    """Whether a key is meant, by all that the glob may mean at once: its length times the key's.

    A state is twice the number of the next token; one more within the folders of a `**/`.
    """
    states = _reach(steps, {0})
    for char in key:
        states = _reach(steps, {after for state in states for after in _after(steps, state, char)})
    return 2 * len(steps) in states


def _reach(steps: Sequence[Step], states: set[int]) -> set[int]:
    """The states, and those behind a star, which may stand for nothing."""
    found = set(states)
    for state in states:
        at = state
        while not at & 1 and at < 2 * len(steps) and isinstance(steps[at // 2], str):
            at += 2
            found.add(at)
    return found


def _after(steps: Sequence[Step], state: int, char: str) -> Iterator[int]:
    if state == 2 * len(steps):
        return
    step = steps[state // 2]
    if not isinstance(step, str):
        if step.fullmatch(char):
            yield state + 2
    elif step == "**/":
        yield state | 1
        if char == "/":
            yield (state | 1) + 1
    elif step == "**" or char != "/":
        yield state


def _tokens(key: str) -> list[str]:
    """What a glob is made of; a bracket that is not closed stands for itself."""
    *tokens, last = _TOKENS.findall(key) or [""]
    open_ = last.startswith("[") and not last.endswith("]")
    return [*tokens, *(_WITHOUT_SETS.findall(last) if open_ else [last])]


def _step(token: str) -> Step:
    """A star as it is, anything else as a pattern of one character."""
    return token if token in _STARS else re.compile(_one(token), re.DOTALL)


def _one(sign: str) -> str:
    """What stands for one character, a slash only by itself."""
    if sign == "?":
        return "[^/]"
    if sign.startswith("[") and sign.endswith("]") and len(sign) > 2:
        inner = re.sub(r"[\\\[&|~]", r"\\\g<0>", sign[1:-1])
        regex = f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
        return regex if _compiles(regex) else "(?!)"  # a range that ends before it begins
    return re.escape(sign)


def _compiles(regex: str) -> bool:
    try:
        re.compile(regex)
    except re.error:
        return False
    return True


_SETTLED = {("*", "*"), ("*", "**"), ("**", "**")}
_STARS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


def printable(text: str) -> str:
    """A key that may hold anything, as it can be told: no control character reaches a terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)

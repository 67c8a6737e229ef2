"""How many steps a backtracking matcher takes for a pattern and a text: a number, not a time.

`re` tells of no step, so the pattern is matched once more, in Python, from what `re` itself parsed:
in the order in which `re` tries (alternatives from the left, greedy before fewer), with nothing
left out. Every match is compared with the one that `re` finds. `re` leaves some steps out, so it
may take fewer; it takes no more.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from typing import Any

Text = Any  # str or bytes
Node = tuple[Any, Any]
Slots = tuple[int, ...]  # beginnings and ends of groups, then where rounds of repeats began
_SINGLE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


class Steps:
    """A pattern, and how many steps it took so far."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.pattern = pattern
        self.taken = 0
        tree = _parser.parse(pattern.pattern, pattern.flags & ~_implied(pattern))
        self._state = tree.state
        self._flags = 0  # of the group that is added
        self._slots = 2 * pattern.groups + 2
        self._sets: dict[tuple[str, int], tuple[Any, ...]] = {}
        self._program: list[tuple[Any, ...]] = []
        self._add(tree)
        self._program.append(("MATCH",))
        self._first = (-1,) * self._slots

    # Its program

    def _add(self, tree: Any) -> None:
        for op, given in tree:
            self._add_node(str(op), given, (op, given))

    def _add_node(self, op: str, given: Any, node: Node) -> None:
        code = self._program
        if op in _SINGLE:
            code.append(self._set(node))
        elif op == "AT":
            code.append(("AT", _zero_width(self._state, node)))
        elif op == "BRANCH":
            self._add_branch(given[1])
        elif op == "SUBPATTERN":
            self._add_group(given)
        elif op in _REPEATS:
            self._add_repeat(op, *given)
        elif op == "ATOMIC_GROUP":
            code.append(("ATOMIC", self._part(given)))
        elif op in ("ASSERT", "ASSERT_NOT"):
            back = given[1].getwidth()[0] if given[0] < 0 else 0
            code.append(("LOOK", self._part(given[1]), back, op == "ASSERT"))
        elif op == "GROUPREF":
            code.append(("REF", given))
        else:
            raise NotImplementedError(op)

    def _part(self, tree: Any) -> list[tuple[Any, ...]]:
        outer, self._program = self._program, []
        self._add(tree)
        inner, self._program = [*self._program, ("MATCH",)], outer
        return inner

    def _add_branch(self, branches: list[Any]) -> None:
        code, ends = self._program, []
        for number, branch in enumerate(branches):
            at = len(code)
            code.append(())
            self._add(branch)
            ends.append(len(code))
            code.append(())
            last = number == len(branches) - 1
            code[at] = ("GO", at + 1) if last else ("TRY", at + 1, len(code))
        for end in ends:
            code[end] = ("GO", len(code))

    def _add_group(self, given: Any) -> None:
        group, added, left_out, tree = given
        if left_out:
            raise NotImplementedError("a group that leaves flags out")
        outer, self._flags = self._flags, self._flags | added
        if group is not None:
            self._program.append(("SET", 2 * group))
        self._add(tree)
        if group is not None:
            self._program.append(("SET", 2 * group + 1))
        self._flags = outer

    def _add_repeat(self, op: str, least: int, most: Any, tree: Any) -> None:
        if op == "POSSESSIVE_REPEAT":
            whole = self._part_of_repeat(least, most, tree)
            self._program.append(("ATOMIC", whole))
            return
        greedy = op == "MAX_REPEAT"
        for _ in range(least):
            self._add(tree)
        if most == _constants.MAXREPEAT:
            self._add_loop(tree, greedy=greedy)
            return
        skips = []
        for _ in range(most - least):
            skips.append(len(self._program))
            self._program.append(())
            self._add(tree)
        for at in skips:
            self._program[at] = self._try(at + 1, len(self._program), greedy=greedy)

    def _part_of_repeat(self, least: int, most: Any, tree: Any) -> list[tuple[Any, ...]]:
        outer, self._program = self._program, []
        self._add_repeat("MAX_REPEAT", least, most, tree)
        inner, self._program = [*self._program, ("MATCH",)], outer
        return inner

    def _add_loop(self, tree: Any, *, greedy: bool) -> None:
        code, slot, begin = self._program, self._slots, len(self._program)
        self._slots += 1
        code.append(())
        code.append(("SET", slot))
        self._add(tree)
        code.append(("MOVED", slot, begin))
        code[begin] = self._try(begin + 1, len(code), greedy=greedy)

    @staticmethod
    def _try(on: int, over: int, *, greedy: bool) -> tuple[Any, ...]:
        return ("TRY", on, over) if greedy else ("TRY", over, on)

    def _set(self, node: Node) -> tuple[Any, ...]:
        """A step over one character; sets that are the same are one."""
        key = (repr(node), self._flags)
        if key not in self._sets:
            tree = _parser.SubPattern(self._state, [node])
            self._sets[key] = ("CHAR", _compiler.compile(tree, self._flags), {})
        return self._sets[key]

    def letters(self) -> set[str]:
        """The characters that the pattern names."""
        named = re.compile(r"LITERAL, (\d+)|RANGE, \((\d+), (\d+)\)")
        nodes = " ".join(node for node, _ in self._sets)
        return {chr(int(code)) for found in named.findall(nodes) for code in found if code}

    def kinds(self, char: Text) -> tuple[bool, ...]:
        """For which of the pattern's sets of characters it is a member."""
        return tuple(_has(step, char) for step in self._sets.values())

    # Its run

    def match(self, text: Text, at: int = 0, end: int | None = None, *, full: bool = False) -> int:
        """Where a match from here ends; -1: nowhere."""
        end = len(text) if end is None else end
        found = self._run(self._program, text, at, end, self._first, full=full)
        return -1 if found is None else found[0]

    def _run(
        self, code: Any, text: Text, at: int, end: int, slots: Slots, *, full: bool = False
    ) -> tuple[int, Slots] | None:
        waiting: list[tuple[int, int, Slots]] = []
        pc = 0
        while True:
            self.taken += 1
            step = code[pc]
            pc += 1
            match step[0]:
                case "CHAR":
                    good = at < end and _has(step, text[at : at + 1])
                    at += 1
                case "TRY":
                    waiting.append((step[2], at, slots))
                    pc, good = step[1], True
                case "GO":
                    pc, good = step[1], True
                case "SET":
                    slots, good = _with(slots, step[1], at), True
                case "MOVED":
                    pc, good = (pc if slots[step[1]] == at else step[2]), True
                case "AT":
                    good = step[1](text, at, end)
                case "REF":
                    same = text[slots[2 * step[1]] : slots[2 * step[1] + 1]]
                    good = slots[2 * step[1] + 1] >= 0 and text[at : at + len(same)] == same
                    self.taken += len(same)
                    at += len(same)
                case "LOOK":
                    begin = at - step[2]
                    seen = self._run(step[1], text, begin, end, slots) if begin >= 0 else None
                    good = (seen is not None) == step[3]
                    slots = seen[1] if seen and step[3] else slots
                case "ATOMIC":
                    if good := (taken := self._run(step[1], text, at, end, slots)) is not None:
                        at, slots = taken  # type: ignore[misc]
                case _:
                    if good := not full or at == end:
                        return at, slots
            if not good:
                if not waiting:
                    return None
                pc, at, slots = waiting.pop()

    def search(self, text: Text, at: int = 0, end: int | None = None) -> re.Match[Any] | None:
        """The next match, tried for from each character."""
        found = self.pattern.search(text, at, len(text) if end is None else end)
        self._try_up_to(found, text, at, end)
        return found

    def finditer(self, text: Text, at: int = 0, end: int | None = None) -> Iterator[Any]:
        """All matches, one behind the other."""
        again = -1
        for found in self.pattern.finditer(text, at, len(text) if end is None else end):
            self._try_up_to(found, text, at, end, again)
            yield found
            at = found.end()
            again = at if found.end() == found.start() else -1
        self._try_up_to(None, text, at, end, again)

    def _try_up_to(self, found: Any, text: Text, at: int, end: int | None, again: int = -1) -> None:
        """`again`: a place at which nothing matched already, so that no such match counts."""
        last = found.start() if found else len(text) if end is None else end
        for begin in range(at, last + 1):
            got = self.match(text, begin, end)
            wanted = found.end() if found and begin == last else -1
            if got != wanted and begin != again:
                raise AssertionError(f"{self.pattern}: {got} at {begin}, and re has {wanted}")


def _with(slots: Slots, slot: int, value: int) -> Slots:
    if slot >= len(slots):
        slots += (-1,) * (slot + 1 - len(slots))
    return (*slots[:slot], value, *slots[slot + 1 :])


def _has(step: tuple[Any, ...], char: Text) -> bool:
    known: dict[Text, bool] = step[2]
    if char not in known:
        known[char] = step[1].fullmatch(char) is not None
    return known[char]


def _zero_width(state: Any, node: Node) -> Callable[[Text, int, int], bool]:
    place = _compiler.compile(_parser.SubPattern(state, [node]))
    return lambda text, at, end: place.match(text, at, end) is not None


def _implied(pattern: re.Pattern[Any]) -> int:
    return re.UNICODE if isinstance(pattern.pattern, str) else 0


@lru_cache(maxsize=4096)
def compiled(source: str | bytes, flags: int) -> Steps:
    """A pattern whose steps are counted."""
    return Steps(re.compile(source, flags))

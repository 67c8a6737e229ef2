"""Where the text of each SQL statement comes from, read off the source.

A value is trusted if it is a constant, a number, made by a quoting function, or put together of
trusted values. Names are followed through variables, parameters (to every call of a function of
that name), attributes and return values of all modules at once: a value is trusted unless there is
a way to it from a source that is not. What can't be followed is not trusted.
"""

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hostile_ledger.sql_names import (
    Part,
    Scope,
    arguments_for,
    default_of,
    is_plain,
    is_property,
    last_name,
    may_mean,
    parts_of,
    returned_by,
    within,
)
from hostile_ledger.sql_reader import Reader

NUMBERS = {"int", "len", "bool", "id", "float", "ceil", "round", "hash", "ord", "range"}
THROUGH = {
    *("str", "sorted", "list", "tuple", "set", "frozenset", "dict", "enumerate", "zip", "sum"),
    *("min", "max", "reversed", "iter", "next", "chain", "batches", "fromkeys", "cast", "replace"),
    "fold",
}
METHODS = {
    *("join", "format", "format_map", "strip", "lstrip", "rstrip", "lower", "upper", "replace"),
    *("removesuffix", "removeprefix", "zfill", "title", "hex", "split", "partition", "get"),
    *("items", "values", "fromkeys", "keys", "setdefault", "copy", "pop", "union"),
}


@dataclass(frozen=True)
class Place:
    """A part of a statement that is not trusted, and the module that puts it in."""

    module: str
    part: str


Valued = list[tuple[ast.expr, Scope]]


@dataclass
class Flow:
    """All modules of a folder, and the functions that quote."""

    folder: Path
    without: frozenset[str]  # packages that run no statement
    quoting: frozenset[str]
    functions: dict[str, list[tuple[ast.FunctionDef, Scope]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    calls: dict[str, list[tuple[ast.Call, Scope, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    constants: dict[str, Valued] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, bool] = field(default_factory=dict)  # fields, and whether all are numbers
    imported: dict[tuple[str, str], str] = field(default_factory=dict)
    sinks: list[tuple[str, ast.expr, Scope]] = field(default_factory=list)
    enums: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)  # classes whose objects are no text
    modules: set[str] = field(default_factory=lambda: {"ledger", "validate", "affinity"})

    def __post_init__(self) -> None:
        for path in sorted(self.folder.rglob("*.py")):
            if path.relative_to(self.folder).parts[0] in self.without:
                continue
            self.modules.add(path.stem)
            Reader(self, path.relative_to(self.folder).as_posix()).read(path.read_text())

    # What is not trusted

    def places(self) -> list[Place]:
        """Each part of a statement that is not trusted, where it is put in."""
        self._seen: set[tuple[object, ...]] = set()
        self._scopes: dict[tuple[int, int], Scope] = {}
        self._found: dict[Place, None] = {}
        for module, expression, scope in self.sinks:
            self._look(expression, scope, module)
        return sorted(self._found, key=lambda place: (place.module, place.part))

    def _within(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, scope: Scope
    ) -> Scope:
        """Its scope, the same each time, as `_once` tells scopes apart."""
        return self._scopes.setdefault((id(node), id(scope)), within(node, scope))

    def _once(self, *key: object) -> bool:
        fresh = key not in self._seen
        self._seen.add(key)
        return fresh

    def _doubt(self, node: ast.AST, module: str) -> None:
        self._found[Place(module, ast.unparse(node))] = None

    def _look(self, node: ast.AST | None, scope: Scope, module: str) -> None:
        """Note the parts of an expression that are not trusted."""
        match node:
            case None | ast.Constant() | ast.Compare():
                return
            case ast.FormattedValue(value=value, format_spec=spec):
                if spec is None or ast.unparse(spec) != "f'd'":
                    self._look(value, scope, module)
            case ast.UnaryOp(operand=value) | ast.Starred(value=value):
                self._look(value, scope, module)
            case ast.Subscript(value=value, slice=ast.Name() | ast.Attribute()):
                self._part(Part(value, "values"), scope, module)
            case ast.NamedExpr(value=value) | ast.Subscript(value=value):
                self._look(value, scope, module)
            case ast.IfExp(body=body, orelse=other):
                self._all([body, other], scope, module)
            case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
                self._all(parts, scope, module)
            case ast.BinOp(left=left, right=right):
                self._all([left, right], scope, module)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                self._all(parts, scope, module)
            case ast.Dict(keys=keys, values=values):
                self._all([*(key for key in keys if key), *values], scope, module)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                self._look(node.elt, self._within(node, scope), module)
            case ast.DictComp():
                self._all([node.key, node.value], self._within(node, scope), module)
            case ast.Call():
                self._call(node, scope, module)
            case ast.Name():
                self._name(node, scope, module)
            case ast.Attribute():
                self._attribute(node, module)
            case Part():
                self._part(node, scope, module)
            case _:
                self._doubt(node, module)

    def _part(self, part: Part, scope: Scope, module: str) -> None:
        """The parts of a value that a name stands for, where they can be told apart."""
        known = parts_of(part)
        if known is not None:
            self._all(known, scope, module)
            return
        match part.value:
            case ast.DictComp() if isinstance(part.which, str):
                one = part.value.key if part.which == "keys" else part.value.value
                self._look(one, self._within(part.value, scope), module)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() if part.each:
                elt = Part(part.value.elt, part.which)
                self._look(elt, self._within(part.value, scope), module)
            case ast.Name():
                self._name(part.value, scope, module, part)
            case ast.Call(func=func) if self._is_followed(func):
                self._returned(func, module, of=part)
            case _:
                self._look(part.value, scope, module)

    def _is_followed(self, function: ast.expr) -> bool:
        """Whether a call is of a function whose return values are followed."""
        name = last_name(function)
        known = self.quoting | NUMBERS | self.objects | {"map"}
        through = METHODS if isinstance(function, ast.Attribute) else THROUGH
        return name not in known and name not in through

    def _all(
        self, nodes: Sequence[ast.expr], scope: Scope, module: str, of: Part | None = None
    ) -> None:
        for node in nodes:
            self._look(node if of is None else of.of(node), scope, module)

    def _call(self, node: ast.Call, scope: Scope, module: str) -> None:
        name = last_name(node.func)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name in self.quoting or name in NUMBERS:
            return
        if name == "map":
            function, *iterables = node.args
            self._call(ast.Call(function, iterables, []), scope, module)
        elif isinstance(node.func, ast.Attribute) and name in ("get", "pop"):
            self._part(Part(node.func.value, "values"), scope, module)
            self._all(arguments[1:], scope, module)
        elif isinstance(node.func, ast.Attribute) and name in METHODS:
            self._all([node.func.value, *arguments], scope, module)
        elif isinstance(node.func, ast.Name) and name in THROUGH:
            self._all(arguments, scope, module)
        elif name not in self.objects:
            self._returned(node.func, module)

    def _returned(
        self, node: ast.expr, module: str, *, attribute: bool = False, of: Part | None = None
    ) -> None:
        """What functions of a name give back: those that give text, where any does."""
        found = [
            (function, scope)
            for function, scope in self.functions.get(last_name(node), [])
            if may_mean(function, scope, module) and is_property(function) == attribute
        ]
        giving = [
            (f, scope) for f, scope in found if not is_plain(f.returns, self.enums | self.objects)
        ]
        texts = [(f, scope) for f, scope in giving if f.returns and "str" in ast.unparse(f.returns)]
        if not found or (giving and not texts):
            self._doubt(node, module)
        for function, scope in texts:
            if self._once("returned", id(function), Part.key(of)):
                self._all(list(returned_by(function)), scope, scope.module, of)

    def _name(self, node: ast.Name, scope: Scope, module: str, of: Part | None = None) -> None:
        at: Scope | None = scope
        while at:
            if node.id in at.parameters:
                self._given(node.id, at, of)
            if node.id in at.bound:
                if self._once("bound", node.id, id(at), Part.key(of)):
                    self._all(at.bound[node.id], at, at.module, of)
            elif node.id not in at.parameters:
                at = at.outer
                continue
            return
        if not self._constant(node.id, of):
            self._doubt(node, module)

    def _constant(self, name: str, of: Part | None = None) -> bool:
        """Whether it is one of a module: of these, whichever it was imported from."""
        values = self.constants.get(name, [])
        for value, scope in values:
            if self._once("constant", name, id(value), Part.key(of)):
                self._all([value], scope, scope.module, of)
        return bool(values)

    def _given(self, name: str, scope: Scope, of: Part | None = None) -> None:
        """What calls of a function give for a parameter."""
        function = scope.function
        if (
            function is None
            or name in ("self", "cls")
            or is_plain(scope.parameters[name], self.enums | self.objects)
            or not self._once("given", name, id(scope), Part.key(of))
        ):
            return
        self._look(default_of(function, name), scope, scope.module)
        if not self.calls.get(function.name):
            self._found[Place(scope.module, f"{function.name}({name})")] = None
        for call, at, mapped in self.calls.get(function.name, []):
            if not may_mean(function, scope, at.module):
                continue
            if not mapped and not self._may_mean(call.func, scope):
                continue
            if self._is_imported(call.args[0] if mapped else call.func, at.module, scope.module):
                continue
            given = call.args[1:] if mapped else arguments_for(call, function, name)
            self._all(given, at, at.module, None if mapped else of)

    def _attribute(self, node: ast.Attribute, module: str) -> None:
        if last_name(node.value) in self.enums or self._constant(node.attr):
            return
        if self._constant(f"{module}:{node.attr}"):
            return
        if self.numbers.get(node.attr):
            return
        named = self.functions.get(node.attr, [])
        properties = [f for f, scope in named if is_property(f) and may_mean(f, scope, module)]
        if properties:
            self._returned(node, module, attribute=True)
        if not properties or node.attr in self.numbers:  # a field too, of another class
            self._doubt(node, module)

    def _is_imported(self, function: ast.expr, module: str, but: str) -> bool:
        """Whether a module has a function's name from a module other than `but`, which makes it."""
        origin = self.imported.get((module, last_name(function)), but)
        made = {scope.module for _, scope in self.functions[last_name(function)]}
        return isinstance(function, ast.Name) and origin != but and origin in made

    def _may_mean(self, function: ast.expr, scope: Scope) -> bool:
        """Whether a call is of a method or, by its name or its module's, of a function."""
        if not isinstance(function, ast.Attribute):
            return not scope.method
        return scope.method or last_name(function.value) in self.modules

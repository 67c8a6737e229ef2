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
    Scope,
    arguments_for,
    bind,
    default_of,
    is_plain,
    is_property,
    last_name,
    may_mean,
    returned_by,
    within,
)

# Fields that are SQL: what they are made of counts as if it were in a statement.
SQL_FIELDS = {
    "Fault": (1, "predicate"),
    "Rules": (0, "plain"),
    "Park": (1, "value"),
    "Check": (1, "clause"),
    "Part": (0, "sql"),
    "UniqueIndex": (2, "where"),
    "Column": (99, "expression"),
}
SINKS = {"execute", "query", "stream", "change", "executemany"}
NUMBERS = {"int", "len", "bool", "id", "float", "ceil", "round", "hash", "ord", "range"}
THROUGH = {
    *("str", "sorted", "list", "tuple", "set", "frozenset", "dict", "enumerate", "zip", "sum"),
    *("min", "max", "reversed", "iter", "next", "chain", "batches", "fromkeys", "cast", "replace"),
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
    """All modules of a folder, the functions that quote, and what else is trusted."""

    folder: Path
    without: frozenset[str]  # packages that run no statement
    quoting: frozenset[str]
    allowed: frozenset[str]
    functions: dict[str, list[tuple[ast.FunctionDef, Scope]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    calls: dict[str, list[tuple[ast.Call, Scope, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    constants: dict[str, Valued] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, bool] = field(default_factory=dict)  # fields, and whether all are numbers
    sinks: list[tuple[str, ast.expr, Scope]] = field(default_factory=list)
    enums: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)  # classes whose objects are no text
    modules: set[str] = field(default_factory=lambda: {"ledger", "validate", "affinity"})

    def __post_init__(self) -> None:
        for path in sorted(self.folder.rglob("*.py")):
            if path.relative_to(self.folder).parts[0] in self.without:
                continue
            self.modules.add(path.stem)
            _Reader(self, path.relative_to(self.folder).as_posix()).read(path.read_text())

    # What is not trusted

    def places(self) -> list[Place]:
        """Each part of a statement that is not trusted, where it is put in."""
        self._seen: set[tuple[object, ...]] = set()
        self._found: dict[Place, None] = {}
        for module, expression, scope in self.sinks:
            self._look(expression, scope, module)
        return sorted(self._found, key=lambda place: (place.module, place.part))

    def _once(self, *key: object) -> bool:
        fresh = key not in self._seen
        self._seen.add(key)
        return fresh

    def _doubt(self, node: ast.AST, module: str) -> None:
        words = ast.unparse(node)
        if words not in self.allowed and last_name(node) not in self.allowed:
            self._found[Place(module, words)] = None

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
                self._look(node.elt, within(node, scope), module)
            case ast.DictComp():
                self._all([node.key, node.value], within(node, scope), module)
            case ast.Call():
                self._call(node, scope, module)
            case ast.Name():
                self._name(node, scope, module)
            case ast.Attribute():
                self._attribute(node, module)
            case _:
                self._doubt(node, module)

    def _all(self, nodes: "Sequence[ast.expr]", scope: Scope, module: str) -> None:
        for node in nodes:
            self._look(node, scope, module)

    def _call(self, node: ast.Call, scope: Scope, module: str) -> None:
        name = last_name(node.func)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name in self.quoting or name in NUMBERS or name in self.allowed:
            return
        if name == "map":
            function, *iterables = node.args
            self._call(ast.Call(function, iterables, []), scope, module)
        elif isinstance(node.func, ast.Attribute) and name in METHODS:
            self._all([node.func.value, *arguments], scope, module)
        elif isinstance(node.func, ast.Name) and name in THROUGH:
            self._all(arguments, scope, module)
        elif name not in self.objects:
            self._returned(node.func, module)

    def _returned(self, node: ast.expr, module: str, *, attribute: bool = False) -> None:
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
            if self._once("returned", id(function)):
                self._all(list(returned_by(function)), scope, scope.module)

    def _name(self, node: ast.Name, scope: Scope, module: str) -> None:
        at: Scope | None = scope
        while at:
            if node.id in at.parameters:
                self._given(node.id, at)
            if node.id in at.bound:
                if self._once("bound", node.id, id(at)):
                    self._all(at.bound[node.id], at, at.module)
            elif node.id not in at.parameters:
                at = at.outer
                continue
            return
        if not self._constant(node.id):
            self._doubt(node, module)

    def _constant(self, name: str) -> bool:
        """Whether it is one of a module: of these, whichever it was imported from."""
        values = self.constants.get(name, [])
        for value, scope in values:
            if self._once("constant", name, id(value)):
                self._look(value, scope, scope.module)
        return bool(values)

    def _given(self, name: str, scope: Scope) -> None:
        """What calls of a function give for a parameter."""
        function = scope.function
        if (
            function is None
            or name in ("self", "cls")
            or is_plain(scope.parameters[name], self.enums | self.objects)
            or f"{function.name}({name})" in self.allowed
            or not self._once("given", name, id(scope))
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
            given = call.args[1:] if mapped else arguments_for(call, function, name)
            self._all(given, at, at.module)

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
        else:
            self._doubt(node, module)

    def _may_mean(self, function: ast.expr, scope: Scope) -> bool:
        """Whether a call is of a method or, by its name or its module's, of a function."""
        if not isinstance(function, ast.Attribute):
            return not scope.method
        return scope.method or last_name(function.value) in self.modules


class _Reader:
    """Takes in what a module defines, calls and runs."""

    def __init__(self, flow: Flow, module: str) -> None:
        self.flow, self.module = flow, module

    def read(self, source: str) -> None:
        scope = Scope(self.module, None, None)
        for node in ast.parse(source).body:
            self._statement(node, scope, top=True)

    def _statement(self, node: ast.AST, scope: Scope, *, top: bool = False) -> None:
        match node:
            case ast.ClassDef():
                if {last_name(base) for base in node.bases} & {"StrEnum", "IntEnum", "Enum"}:
                    self.flow.enums.add(node.name)
                if "__str__" not in {getattr(child, "name", "") for child in node.body}:
                    self.flow.objects.add(node.name)
                inner = Scope(self.module, None, scope, method=True)
                for child in node.body:
                    self._field(child)
                    self._statement(child, inner, top=True)
                return
            case ast.FunctionDef():
                self._function(node, scope)
                return
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, scope, top)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, value, scope, top and not scope.method)  # else a field's
            case ast.AugAssign(target=target, value=value):
                self._assign(target, value, scope, top)
            case ast.For(target=target, iter=value) | ast.NamedExpr(target=target, value=value):
                bind(scope, target, value)
            case ast.withitem(context_expr=value, optional_vars=target) if target is not None:
                bind(scope, target, value)
            case ast.Call():
                self._call(node, scope)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
                scope = within(node, scope)
        for child in ast.iter_child_nodes(node):
            self._statement(child, scope)

    def _field(self, node: ast.stmt) -> None:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, plain = node.target.id, is_plain(node.annotation, self.flow.enums)
            self.flow.numbers[name] = plain and self.flow.numbers.get(name, True)

    def _function(self, node: ast.FunctionDef, scope: Scope) -> None:
        inner = Scope(self.module, node, scope, scope.method)
        for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            inner.parameters[one.arg] = one.annotation
        if node.args.vararg:
            inner.parameters[node.args.vararg.arg] = node.args.vararg.annotation
        self.flow.functions[node.name].append((node, inner))
        for child in node.body:
            self._statement(child, inner)

    def _assign(self, target: ast.expr, value: ast.expr, scope: Scope, top: bool) -> None:
        """Names of a module or a class that are written in capitals, or in a class at once."""
        if isinstance(target, ast.Attribute) and target.attr.startswith("_"):
            self.flow.constants[f"{self.module}:{target.attr}"].append((value, scope))
        if top and isinstance(target, ast.Name):
            self.flow.constants[target.id].append((value, scope))
        bind(scope, target, value)

    def _call(self, node: ast.Call, scope: Scope) -> None:
        name = last_name(node.func)
        if name == "map":
            self.flow.calls[last_name(node.args[0])].append((node, scope, True))
        self.flow.calls[name].append((node, scope, False))
        if name in SQL_FIELDS:
            place, field_name = SQL_FIELDS[name]
            given = [one.value for one in node.keywords if one.arg == field_name]
            for value in (*given, *node.args[place : place + 1]):
                self.flow.sinks.append((self.module, value, scope))
        if node.args and (name in SINKS or _is_sink(node.func, scope)):
            self.flow.sinks.append((self.module, node.args[0], scope))


def _is_sink(function: ast.expr, scope: Scope) -> bool:
    """Whether it is a variable that stands for a method which runs a statement."""
    at: Scope | None = scope
    while isinstance(function, ast.Name) and at:
        if any(last_name(value) in SINKS for value in at.bound.get(function.id, [])):
            return True
        at = at.outer
    return False

"""Where the text of each SQL statement comes from, read off the source.

A value is trusted if it is a constant, a number, made by a quoting function, or put together of
trusted values. Names are followed through variables, parameters (to every call of a function of
that name), attributes and return values of all modules at once: a value is trusted unless there is
a way to it from a source that is not. What can't be followed is not trusted.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SINKS = {"execute", "query", "stream", "change", "executemany"}
NUMBERS = {"int", "len", "bool", "id", "float", "ceil", "round", "hash", "ord", "range"}
PLAIN = {"int", "bool", "float"}  # annotations of what can't carry text
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


@dataclass
class Scope:
    """A function's variables: what they are bound to, and its parameters."""

    module: str
    function: ast.FunctionDef | None
    outer: "Scope | None"
    method: bool = False
    bound: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    parameters: dict[str, ast.expr | None] = field(default_factory=dict)


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
        if words not in self.allowed and _last(node) not in self.allowed:
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
                self._look(node.elt, _within(node, scope), module)
            case ast.DictComp():
                self._all([node.key, node.value], _within(node, scope), module)
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
        name = _last(node.func)
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
        else:
            self._returned(node.func, module)

    def _returned(self, node: ast.expr, module: str, *, attribute: bool = False) -> None:
        """What functions of a name give back: those that give text, where any does."""
        found = [
            (function, scope)
            for function, scope in self.functions.get(_last(node), [])
            if _seen(function, scope, module) and _is_property(function) == attribute
        ]
        giving = [(f, scope) for f, scope in found if not _plain(f.returns, self.enums)]
        texts = [(f, scope) for f, scope in giving if f.returns and "str" in ast.unparse(f.returns)]
        if not found or (giving and not texts):
            self._doubt(node, module)
        for function, scope in texts:
            if self._once("returned", id(function)):
                self._all(list(_returns(function)), scope, scope.module)

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
            or _plain(scope.parameters[name], self.enums)
            or f"{function.name}({name})" in self.allowed
            or not self._once("given", name, id(scope))
        ):
            return
        self._look(_default(function, name), scope, scope.module)
        if not self.calls.get(function.name):
            self._found[Place(scope.module, f"{function.name}({name})")] = None
        for call, at, mapped in self.calls.get(function.name, []):
            if not _seen(function, scope, at.module):
                continue
            if not mapped and not self._may_mean(call.func, scope):
                continue
            given = call.args[1:] if mapped else _argument(call, function, name)
            self._all(given, at, at.module)

    def _attribute(self, node: ast.Attribute, module: str) -> None:
        if _last(node.value) in self.enums or self._constant(node.attr):
            return
        if self._constant(f"{module}:{node.attr}"):
            return
        if self.numbers.get(node.attr):
            return
        named = self.functions.get(node.attr, [])
        properties = [f for f, scope in named if _is_property(f) and _seen(f, scope, module)]
        if properties:
            self._returned(node, module, attribute=True)
        else:
            self._doubt(node, module)

    def _may_mean(self, function: ast.expr, scope: Scope) -> bool:
        """Whether a call is of a method or, by its name or its module's, of a function."""
        if not isinstance(function, ast.Attribute):
            return not scope.method
        return scope.method or _last(function.value) in self.modules


def _within(
    node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, scope: Scope
) -> Scope:
    inner = Scope(scope.module, None, scope)
    for generator in node.generators:
        _bind(inner, generator.target, generator.iter)
    return inner


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
                if {_last(base) for base in node.bases} & {"StrEnum", "IntEnum", "Enum"}:
                    self.flow.enums.add(node.name)
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
                _bind(scope, target, value)
            case ast.withitem(context_expr=value, optional_vars=target) if target is not None:
                _bind(scope, target, value)
            case ast.Call():
                self._call(node, scope)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
                scope = _within(node, scope)
        for child in ast.iter_child_nodes(node):
            self._statement(child, scope)

    def _field(self, node: ast.stmt) -> None:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, plain = node.target.id, _plain(node.annotation, self.flow.enums)
            self.flow.numbers[name] = plain and self.flow.numbers.get(name, True)

    def _function(self, node: ast.FunctionDef, scope: Scope) -> None:
        inner = Scope(self.module, node, scope, scope.method)
        for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            inner.parameters[one.arg] = one.annotation
        self.flow.functions[node.name].append((node, inner))
        for child in node.body:
            self._statement(child, inner)

    def _assign(self, target: ast.expr, value: ast.expr, scope: Scope, top: bool) -> None:
        """Names of a module or a class that are written in capitals, or in a class at once."""
        if isinstance(target, ast.Attribute) and target.attr.startswith("_"):
            self.flow.constants[f"{self.module}:{target.attr}"].append((value, scope))
        if top and isinstance(target, ast.Name):
            self.flow.constants[target.id].append((value, scope))
        _bind(scope, target, value)

    def _call(self, node: ast.Call, scope: Scope) -> None:
        name = _last(node.func)
        if name == "map":
            self.flow.calls[_last(node.args[0])].append((node, scope, True))
        self.flow.calls[name].append((node, scope, False))
        if node.args and (name in SINKS or _is_sink(node.func, scope)):
            self.flow.sinks.append((self.module, node.args[0], scope))


def _is_sink(function: ast.expr, scope: Scope) -> bool:
    """Whether it is a variable that stands for a method which runs a statement."""
    at: Scope | None = scope
    while isinstance(function, ast.Name) and at:
        if any(_last(value) in SINKS for value in at.bound.get(function.id, [])):
            return True
        at = at.outer
    return False


def _bind(scope: Scope, target: ast.expr, value: ast.expr) -> None:
    """A variable holds what it is bound to, or a part of that."""
    if isinstance(target, ast.Name):
        scope.bound[target.id].append(value)
    elif isinstance(target, ast.Tuple | ast.List):
        parts = _parts(value)
        same = parts is not None and len(parts) == len(target.elts)
        for number, one in enumerate(target.elts):
            _bind(scope, one, parts[number] if parts and same else value)
    elif isinstance(target, ast.Starred):
        _bind(scope, target.value, value)


def _parts(value: ast.expr) -> "list[ast.expr] | None":
    """What is bound to each of several names at once, where that can be told."""
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts
    if isinstance(value, ast.Call) and _last(value.func) == "zip":
        return value.args
    if isinstance(value, ast.Call) and _last(value.func) == "enumerate":
        return [ast.Constant(0), value.args[0]]
    return None


def _last(node: ast.AST) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _returns(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a function gives back or yields, itself and not one within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value:
            yield node.value
        waiting += ast.iter_child_nodes(node)


def _plain(annotation: ast.expr | None, enums: set[str]) -> bool:
    return annotation is not None and ast.unparse(annotation) in PLAIN | enums


def _seen(function: ast.FunctionDef, scope: Scope, module: str) -> bool:
    """Whether a module can mean this function: a private one is its own module's."""
    return not function.name.startswith("_") or scope.module == module


def _is_property(function: ast.FunctionDef) -> bool:
    return bool({_last(one) for one in function.decorator_list} & {"property", "cached_property"})


def _default(function: ast.FunctionDef, name: str) -> ast.expr | None:
    given = [*function.args.posonlyargs, *function.args.args]
    for one, value in zip(reversed(given), reversed(function.args.defaults), strict=False):
        if one.arg == name:
            return value
    for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if one.arg == name:
            return default
    return None


def _argument(call: ast.Call, function: ast.FunctionDef, name: str) -> "list[ast.expr]":
    """What a call gives for a parameter; more than one where a list is spread over them."""
    found = [keyword.value for keyword in call.keywords if keyword.arg in (name, None)]
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    spread = [argument for argument in call.args if isinstance(argument, ast.Starred)]
    if spread and name in names:
        return [*found, *(argument.value for argument in spread)]
    if name in names and names.index(name) < len(call.args):
        found.append(call.args[names.index(name)])
    return found

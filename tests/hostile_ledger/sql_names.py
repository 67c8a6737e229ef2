"""Names in Python's source: what they are bound to, and what calls give for them."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

# Annotations of what can't carry text.
PLAIN = {"int", "bool", "float", "None", "list", "dict", "tuple", "set", "Sequence", "Mapping"}


@dataclass
class Scope:
    """A function's variables: what they are bound to, and its parameters."""

    module: str
    function: ast.FunctionDef | None
    outer: "Scope | None"
    method: bool = False
    bound: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    parameters: dict[str, ast.expr | None] = field(default_factory=dict)


class Part(ast.expr):
    """A part of a value: the `keys` or `values` of a mapping, or a numbered one of a tuple.

    `each`: of each of the value's elements.
    """

    _fields = ("value",)

    def __init__(self, value: ast.expr, which: str | int, *, each: bool = False) -> None:
        super().__init__()
        self.value, self.which, self.each = value, which, each

    def of(self, value: ast.expr) -> "Part":
        """The same part of another value."""
        return Part(value, self.which, each=self.each)

    @staticmethod
    def key(part: "Part | None") -> object:
        """By what parts are told apart, whatever they are of."""
        return part and (part.which, part.each)


def within(
    node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, scope: Scope
) -> Scope:
    inner = Scope(scope.module, None, scope)
    for generator in node.generators:
        bind_each(inner, generator.target, generator.iter)
    return inner


def bind(scope: Scope, target: ast.expr, value: ast.expr) -> None:
    """A variable holds what it is bound to, or a part of that."""
    if isinstance(target, ast.Name):
        scope.bound[target.id].append(value)
    elif isinstance(target, ast.Tuple | ast.List):
        whole = any(isinstance(one, ast.Starred) for one in target.elts)
        for number, one in enumerate(target.elts):
            bind(scope, one, value if whole else Part(value, number))
    elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        scope.bound[target.value.id].append(ast.Dict([target.slice], [value]))
    elif isinstance(target, ast.Starred):
        bind(scope, target.value, value)


def bind_each(scope: Scope, target: ast.expr, value: ast.expr) -> None:
    """A loop's variables hold the elements of a value, or parts of those."""
    if not isinstance(target, ast.Tuple | ast.List):
        bind(scope, target, value)
        return
    whole = any(isinstance(one, ast.Starred) for one in target.elts)
    for number, one in enumerate(target.elts):
        bind(scope, one, value if whole else Part(value, number, each=True))


def last_name(node: ast.AST) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def parts_of(part: Part) -> "list[ast.expr] | None":
    """What an expression has for that part; None where its form does not tell."""
    value = part.value
    match value:
        case ast.Constant():
            return []
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            return [part.of(one), part.of(other)]
        case ast.BoolOp(values=values):
            return [part.of(one) for one in values]
        case ast.NamedExpr(value=one) | ast.Starred(value=one):
            return [part.of(one)]
        case ast.Dict(keys=keys, values=values) if part.which in ("keys", "values"):
            own = keys if part.which == "keys" else values
            spread = [part.of(v) for k, v in zip(keys, values, strict=True) if k is None]
            return [*spread, *(one for k, one in zip(keys, own, strict=True) if k and one)]
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
            return _elements(part, elts)
        case ast.Call():
            return _of_call(part, value)
        case Part(value=ast.Call() as call) if value.each and isinstance(value.which, int):
            if last_name(call.func) == "enumerate":
                return [Part(call.args[0], part.which, each=True)] if value.which else []
            if last_name(call.func) == "zip" and value.which < len(call.args):
                return [Part(call.args[value.which], part.which, each=True)]
    return None


def _elements(part: Part, elts: list[ast.expr]) -> list[ast.expr] | None:
    if part.each:
        return [
            part.of(one.value) if isinstance(one, ast.Starred) else Part(one, part.which)
            for one in elts
        ]
    plain = not any(isinstance(one, ast.Starred) for one in elts)
    if isinstance(part.which, int) and plain and part.which < len(elts):
        return [elts[part.which]]
    return None


def _of_call(part: Part, call: ast.Call) -> list[ast.expr] | None:
    """Parts of what functions of Python put together."""
    name, which = last_name(call.func), part.which
    if name == "zip" and part.each and isinstance(which, int) and which < len(call.args):
        return [call.args[which]]
    if name == "enumerate" and part.each:
        return [] if which == 0 else [call.args[0]]
    if name == "items" and part.each and isinstance(call.func, ast.Attribute):
        return [Part(call.func.value, "values" if which else "keys")]
    if name == "fromkeys" and isinstance(which, str) and call.args:
        return call.args[:1] if which == "keys" else call.args[1:]
    if name in ("list", "tuple", "sorted", "iter", "reversed", "set") and part.each:
        return [part.of(one) for one in call.args[:1]]
    if name == "dict" and isinstance(which, str) and len(call.args) == 1 and not call.keywords:
        one = call.args[0]
        if isinstance(one, ast.Call) and last_name(one.func) == "zip":
            return [one.args[which == "values"]]
    return None


def returned_by(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a function gives back or yields (as a list of one), itself and not one within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Yield) and node.value:
            yield ast.List([node.value])
        elif isinstance(node, ast.Return | ast.YieldFrom) and node.value:
            yield node.value
        waiting += ast.iter_child_nodes(node)


def is_plain(annotation: ast.expr | None, enums: set[str]) -> bool:
    """Whether it names nothing that is text."""
    words = set(re.findall(r"\w+", ast.unparse(annotation))) if annotation else {"str"}
    return words <= PLAIN | enums


def may_mean(function: ast.FunctionDef, scope: Scope, module: str) -> bool:
    """Whether a module can mean this function: a private one is its own module's."""
    return not function.name.startswith("_") or scope.module == module


def is_property(function: ast.FunctionDef) -> bool:
    return bool(
        {last_name(one) for one in function.decorator_list} & {"property", "cached_property"}
    )


def default_of(function: ast.FunctionDef, name: str) -> ast.expr | None:
    given = [*function.args.posonlyargs, *function.args.args]
    for one, value in zip(reversed(given), reversed(function.args.defaults), strict=False):
        if one.arg == name:
            return value
    for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if one.arg == name:
            return default
    return None


def arguments_for(call: ast.Call, function: ast.FunctionDef, name: str) -> "list[ast.expr]":
    """What a call gives for a parameter; more than one where a list is spread over them."""
    found = [keyword.value for keyword in call.keywords if keyword.arg in (name, None)]
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    spread = [argument for argument in call.args if isinstance(argument, ast.Starred)]
    if spread and name in names:
        return [*found, *(argument.value for argument in spread)]
    if function.args.vararg and function.args.vararg.arg == name:
        found += call.args[len(names) :]
    if name in names and names.index(name) < len(call.args):
        found.append(call.args[names.index(name)])
    return found

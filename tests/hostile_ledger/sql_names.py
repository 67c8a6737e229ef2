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


def within(
    node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, scope: Scope
) -> Scope:
    inner = Scope(scope.module, None, scope)
    for generator in node.generators:
        bind(inner, generator.target, generator.iter)
    return inner


def bind(scope: Scope, target: ast.expr, value: ast.expr) -> None:
    """A variable holds what it is bound to, or a part of that."""
    if isinstance(target, ast.Name):
        scope.bound[target.id].append(value)
    elif isinstance(target, ast.Tuple | ast.List):
        parts = parts_of(value)
        same = parts is not None and len(parts) == len(target.elts)
        for number, one in enumerate(target.elts):
            bind(scope, one, parts[number] if parts and same else value)
    elif isinstance(target, ast.Starred):
        bind(scope, target.value, value)


def parts_of(value: ast.expr) -> "list[ast.expr] | None":
    """What is bound to each of several names at once, where that can be told."""
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts
    if isinstance(value, ast.Call) and last_name(value.func) == "zip":
        return value.args
    if isinstance(value, ast.Call) and last_name(value.func) == "enumerate":
        return [ast.Constant(0), value.args[0]]
    return None


def last_name(node: ast.AST) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def returned_by(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a function gives back or yields, itself and not one within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value:
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

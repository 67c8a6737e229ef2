"""Takes in what a module defines, calls and runs, for `sql_flow`."""

import ast
from typing import TYPE_CHECKING

from hostile_ledger.sql_names import Part, Scope, bind, bind_each, is_plain, last_name, within

if TYPE_CHECKING:
    from hostile_ledger.sql_flow import Flow

# Fields that are SQL: what they are made of counts as if it were in a statement.
SQL_FIELDS = {
    "Fault": ((1, "predicate"),),
    "Rules": ((0, "plain"),),
    "Park": ((1, "value"),),
    "Check": ((1, "clause"),),
    "Part": ((0, "sql"),),
    "UniqueIndex": ((2, "where"),),
    "Followers": ((4, "quoted"),),
    "Roots": ((0, "rows"), (1, "changed")),
    "Column": ((99, "expression"),),
    "Relation": ((0, "name"),),
}
SQL_VALUES = {"changed"}  # of these fields, mappings, the values are SQL
SINKS = {"execute", "query", "stream", "change", "executemany"}


class Reader:
    """Takes in what a module defines, calls and runs."""

    def __init__(self, flow: "Flow", module: str) -> None:
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
            case ast.ImportFrom(module=str(origin), names=names):
                path = "/".join(origin.split(".")[1:]) + ".py"
                for name in names:
                    self.flow.imported[self.module, name.asname or name.name] = path
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, scope, top)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, value, scope, top and not scope.method)  # else a field's
            case ast.AugAssign(target=target, value=value):
                self._assign(target, value, scope, top)
            case ast.For(target=target, iter=value):
                bind_each(scope, target, value)
            case ast.NamedExpr(target=target, value=value):
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
        for place, field_name in SQL_FIELDS.get(name, ()):
            given = [one.value for one in node.keywords if one.arg == field_name]
            for value in (*given, *node.args[place : place + 1]):
                sql = Part(value, "values") if field_name in SQL_VALUES else value
                self.flow.sinks.append((self.module, sql, scope))
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

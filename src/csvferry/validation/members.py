"""ENUM and SET: a field is one of the members, or some of them, spelt as the table spells them.

MySQL would also take another case, a number and another order (manual, 13.3.6 and 13.3.7), and
give back something else.
"""

from csvferry.model.quoting import text
from csvferry.model.reject_codes import Code
from csvferry.model.schema import Type
from csvferry.validation.predicates import Fault, Rules


def enum(type_: Type, field: str) -> Rules:
    """One of the members."""
    one = f"{field} IN ({_listed(type_.members)})"
    return Rules(one, (Fault(Code.BAD_VALUE, f"NOT ({one})", "not one of the ENUM's members"),))


def set_(type_: Type, field: str) -> Rules:
    """Members joined by commas, in the table's order, none twice; the empty text is no member."""
    members = [member for member in type_.members if member]
    given = f"string_split({field}, ',')"
    kept = f"list_filter([{_listed(members)}]::VARCHAR[], lambda m: list_contains({given}, m))"
    fault = f"array_to_string({kept}, ',') <> {field}"
    message = "not members of the SET, each once, in its order"
    return Rules(
        f"{field} IN ({_listed(('', *members))})", (Fault(Code.BAD_VALUE, fault, message),)
    )


def _listed(members: tuple[str, ...] | list[str]) -> str:
    return ", ".join(text(member) for member in members)

"""What Vitess puts around an error of its MySQL: the way there, the statement and its values.

`target: shop.0.primary: vttablet: rpc error: code = AlreadyExists desc = Duplicate entry '7' for
key 'people.PRIMARY' (errno 1062) (sqlstate 23000) (CallerID: app): Sql: "insert …", BindVars: {…}`
(Vitess, `tabletserver.convertAndLogError`).
"""

import re

_WAY = re.compile(
    r"\A(?:target: [^:\s]*: )?(?:(?:vttablet|vtgate): )*(?:rpc error: code = \w+ desc = )?"
)
_AFTER = re.compile(r" ?\(errno \d+\)| \(CallerID: |\bSql: \"|\bBindVars: \{")
_CODE = re.compile(r"VT\d{5}(?=: )")


def own_words(text: str) -> str:
    """What the server said, without the statement and its values. Other words stay as they are."""
    return _AFTER.split(_WAY.sub("", text, count=1), maxsplit=1)[0]


def vitess_code(text: str) -> str | None:
    """Vitess's own number of an error, VT and 5 digits, which says more than MySQL's 1105."""
    found = _CODE.match(text)
    return found[0] if found else None

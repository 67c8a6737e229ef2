"""Names of columns, compared as servers compare them."""


def fold(name: str) -> str:
    """What names that MySQL takes for one have in common: case alone, letter by letter.

    `ß` is not `ss` there, as it is by `str.casefold`.
    """
    return name.lower()

"""Names: of columns, compared as servers compare them; and of csvferry's own tables and columns."""

STAGE_PREFIX = "csvferry_stage_"
RUNS = "csvferry_runs"
REJECTS = "csvferry_rejects"
VERSION = "csvferry_schema"
LOCKS = "csvferry_locks"  # on a cluster alone
OLD = "_old"  # ends the name of a table whose place another took
LINE = "csvferry_line"
FATE = "csvferry_fate"
HOLDS = "csvferry_holds"
DEPTH = "csvferry_depth"
MARKS = (LINE, FATE, HOLDS, DEPTH)  # staging's own columns beside those of the file


def fold(name: str) -> str:
    """What names that MySQL takes for one have in common: case alone, letter by letter.

    `ß` is not `ss` there, as it is by `str.casefold`.
    """
    return name.lower()


def visible(name: str) -> str:
    """The name; in quotes where it begins or ends with a space, which would not be seen."""
    return name if name == name.strip() else f'"{name}"'


def unusable(name: str) -> str | None:
    """Why no table of MySQL can have a name, or None (MySQL manual, "Schema Object Names").

    The same holds in SQLite, so that a file goes into either.
    """
    if name != name.rstrip():
        return "it ends with a space"
    if any(char > "\uffff" for char in name):
        return "it holds a character that names of MySQL can't have (above U+FFFF)"
    return None

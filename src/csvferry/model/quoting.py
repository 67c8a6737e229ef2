"""Names and literals in SQL, quoted in one place."""

from pathlib import Path


def mysql_name(value: str) -> str:
    """An identifier of MySQL (manual: "Schema Object Names")."""
    return "`" + value.replace("`", "``") + "`"


def mysql_text(value: str) -> str:
    """A literal of MySQL without NO_BACKSLASH_ESCAPES (manual: "String Literals")."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def mysql_text_of(field: str) -> str:
    """DuckDB SQL of the same of each value of a text; NULL stays NULL."""
    slashes = rf"replace({field}, '\', '\\')"
    return f"'''' || replace({slashes}, '''', '''''') || ''''"


def sqlite_name(value: str) -> str:
    """An identifier of SQLite."""
    return '"' + value.replace('"', '""') + '"'


def sqlite_text(value: str) -> str:
    """A literal of SQLite."""
    return "'" + value.replace("'", "''") + "'"


def text(value: str) -> str:
    """A literal of DuckDB; a NUL, which its parser ends at, is left to `chr`."""
    quoted = "'" + value.replace("'", "''") + "'"
    return quoted.replace("\0", "'||chr(0)||'") if "\0" in value else quoted


def file(path: Path) -> str:
    """A literal of DuckDB that names one file."""
    return text(pattern(path))


def pattern(path: Path) -> str:
    """What names one file where DuckDB takes a pattern: its signs are put in brackets.

    A `~` in front, which DuckDB takes for a home, is put behind a folder.
    """
    name = "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
    return f"./{name}" if name.startswith("~") else name

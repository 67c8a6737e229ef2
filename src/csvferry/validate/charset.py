"""Character sets narrower than Unicode: which characters a column holds, in how many bytes."""

_WHOLE = {"utf8mb4", "utf16", "utf16le", "utf32", "binary"}  # all of Unicode, or bytes
_CLASSES = {"ascii": r"\x00-\x7f", "latin1": r"\x00-\xff"}
_CLASSES |= dict.fromkeys(("utf8mb3", "utf8", "ucs2"), r"\x00-\x{ffff}")


def repertoire(charset: str | None, field: str) -> str | None:
    """SQL that is TRUE where a field has a character that the set lacks; None if it has all."""
    if charset is None or charset in _WHOLE or charset not in _CLASSES:
        return None
    return f"NOT regexp_full_match({field}, '(?s)[{_CLASSES[charset]}]*')"


def octets(charset: str | None, field: str) -> str:
    """SQL of the number of bytes that a field takes in the character set."""
    astral = f"strlen(regexp_replace({field}, '[^\\x{{10000}}-\\x{{10ffff}}]', '', 'g')) // 4"
    match charset:
        case "utf32":
            return f"4 * length({field})"
        case "ucs2" | "utf16" | "utf16le":
            return f"2 * (length({field}) + {astral})"
        case None | "utf8mb4" | "utf8mb3" | "utf8" | "binary":
            return f"strlen({field})"
        case _:
            return f"length({field})"

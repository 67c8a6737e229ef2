"""The reject codes. A rejected row is data: it goes to `csvferry_rejects`, never to a log."""

from enum import StrEnum


class Code(StrEnum):
    """Why a row was not taken. Scripts rely on the values."""

    TOO_MANY_COLUMNS = "too_many_columns"
    MISSING_COLUMNS = "missing_columns"
    BAD_QUOTE = "bad_quote"
    BAD_ENCODING = "bad_encoding"
    NUL_BYTE = "nul_byte"
    LINE_TOO_LONG = "line_too_long"
    BAD_TYPE = "bad_type"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    NOT_NULL = "not_null"
    BAD_VALUE = "bad_value"
    FOREIGN_KEY = "foreign_key"
    DUPLICATE_KEY = "duplicate_key"
    DUPLICATE_UNIQUE = "duplicate_unique"

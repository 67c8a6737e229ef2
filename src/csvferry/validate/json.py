"""JSON: what RFC 8259 allows and the server keeps (manual, 13.5 "The JSON Data Type")."""

from csvferry.rejects import Code
from csvferry.schema import Server
from csvferry.validate.sql import Fault, Rules


def json(field: str, server: Server) -> Rules:
    """A JSON text in which nothing is lost. MariaDB keeps the text itself."""
    del server
    bare = f"regexp_replace({field}, '\"(?:[^\"\\\\]|\\\\.)*\"', '\"\"', 'g')"
    lenient = f"regexp_matches({bare}, ',[\\t\\n\\r ]*[\\]}}]|(?i)nan|inf')"
    return Rules(
        "FALSE",
        (Fault(Code.BAD_TYPE, f"NOT json_valid({field}) OR {lenient}", "not JSON"),),
    )

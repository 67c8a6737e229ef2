"""A declaration, whoever wrote it, means one type."""

import pytest

from csvferry.model.schema import Kind, Type, parse_type

TINY, SMALL, MEDIUM, LONG = 255, 65_535, 16_777_215, 4_294_967_295
MEANT = {
    "tinyint": Type(Kind.INTEGER, "tinyint", bits=8),
    "tinyint(1)": Type(Kind.BOOLEAN, "tinyint(1)", bits=8),
    "tinyint(4)": Type(Kind.INTEGER, "tinyint(4)", bits=8),
    "BOOL": Type(Kind.BOOLEAN, "BOOL", bits=8),
    "smallint unsigned": Type(Kind.INTEGER, "smallint unsigned", bits=16, unsigned=True),
    "mediumint(9)": Type(Kind.INTEGER, "mediumint(9)", bits=24),
    "INTEGER": Type(Kind.INTEGER, "INTEGER", bits=32),
    "int(5) unsigned zerofill": Type(
        Kind.INTEGER, "int(5) unsigned zerofill", bits=32, unsigned=True
    ),
    "bigint(20) unsigned": Type(Kind.INTEGER, "bigint(20) unsigned", bits=64, unsigned=True),
    "UNSIGNED BIG INT": Type(Kind.INTEGER, "UNSIGNED BIG INT", bits=64, unsigned=True),
    "bit(9)": Type(Kind.BIT, "bit(9)", length=9),
    "decimal(10,2)": Type(Kind.DECIMAL, "decimal(10,2)", precision=10, scale=2),
    "DECIMAL(10)": Type(Kind.DECIMAL, "DECIMAL(10)", precision=10),
    "NUMERIC": Type(Kind.DECIMAL, "DECIMAL(65,30)", precision=65, scale=30),
    "DECIMAL TEXT(30, 10)": Type(Kind.DECIMAL, "DECIMAL TEXT(30, 10)", precision=30, scale=10),
    "float": Type(Kind.FLOAT, "float"),
    "float(7,3) unsigned": Type(
        Kind.FLOAT, "float(7,3) unsigned", unsigned=True, precision=7, scale=3
    ),
    "FLOAT(53)": Type(Kind.DOUBLE, "FLOAT(53)"),
    "REAL": Type(Kind.DOUBLE, "REAL"),
    "double precision": Type(Kind.DOUBLE, "double precision"),
    "char(3)": Type(Kind.TEXT, "char(3)", length=3, fixed=True),
    "CHAR": Type(Kind.TEXT, "CHAR", length=1, fixed=True),
    "varchar(255)": Type(Kind.TEXT, "varchar(255)", length=255),
    "varchar(9) /*M!100301 COMPRESSED*/": Type(Kind.TEXT, "varchar(9)", length=9),
    "NVARCHAR(100)": Type(Kind.TEXT, "NVARCHAR(100)", length=100),
    "tinytext": Type(Kind.TEXT, "tinytext", octets=TINY),
    "TEXT": Type(Kind.TEXT, "TEXT", octets=SMALL),
    "TEXT(100)": Type(Kind.TEXT, "TEXT(100)", octets=SMALL),
    "mediumtext": Type(Kind.TEXT, "mediumtext", octets=MEDIUM),
    "longtext": Type(Kind.TEXT, "longtext", octets=LONG),
    "": Type(Kind.TEXT, "", octets=LONG),
    "binary(3)": Type(Kind.BINARY, "binary(3)", octets=3, fixed=True),
    "varbinary(3)": Type(Kind.BINARY, "varbinary(3)", octets=3),
    "BLOB": Type(Kind.BINARY, "BLOB", octets=SMALL),
    "date": Type(Kind.DATE, "date"),
    "time(3)": Type(Kind.TIME, "time(3)", fraction=3),
    "datetime(6)": Type(Kind.DATETIME, "datetime(6)", fraction=6),
    "timestamp": Type(Kind.TIMESTAMP, "timestamp"),
    "year(4)": Type(Kind.YEAR, "year(4)"),
    "enum('a','b''c',' d, e')": Type(
        Kind.ENUM, "enum('a','b''c',' d, e')", members=("a", "b'c", " d, e")
    ),
    "SET('x')": Type(Kind.SET, "SET('x')", members=("x",)),
    "json": Type(Kind.JSON, "json"),
    "uuid": Type(Kind.UUID, "uuid"),
}
UNKNOWN = [
    *("geometry", "point", "vector(3)", "inet6", "STRING", "text unsigned", "datetime(7)"),
    *("decimal(66,0)", "decimal(10,31)", "enum('a", "enum()", "int; DROP TABLE t", "int(1,2,3)"),
]


@pytest.mark.parametrize("declaration", MEANT)
def test_a_declaration_means_its_type(declaration: str) -> None:
    assert parse_type(declaration) == MEANT[declaration]


@pytest.mark.parametrize("declaration", UNKNOWN)
def test_what_is_not_known_is_not_served(declaration: str) -> None:
    assert parse_type(declaration) == Type(Kind.UNSERVED, declaration)

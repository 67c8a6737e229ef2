"""Everything that csvferry raises, and the exit status it ends with.

CsvFerryError                     1  failed, nothing changed
├── UsageError                    2  invalid arguments or configuration
│   └── SettingsError             2  the function's environment is invalid
├── GuardError                    3  stopped before it destroyed something
│   ├── EmptyFileError            3  not even a header
│   └── DoubtfulDialectError      3  the file can be read in two ways
├── SourceError                   1  the file or object can't be had
│   ├── NothingThereError         1  a folder, prefix or glob means no file; an object is gone
│   ├── SourceUnreachableError    1  the store does not answer, or breaks off (passing)
│   ├── SpaceError                1  it needs more memory or scratch space than there is
│   └── SourceChangedError        1  it changed while it was read (passing)
├── FileError                     1  it was read and is no CSV that can be served
├── TargetError                   1  the table can't take the file
├── DatabaseError                 1  the server refused or is out of reach
│   ├── RefusedRowError           1  a trigger or a constraint refused a row
│   ├── SignInError               1  user name, password or token refused
│   └── PassingDatabaseError      1  deadlock, lock wait, lost connection (passing)
│       └── CommitInDoubtError    1  the connection was lost at the commit (passing)
├── SecretError                   1  the database's password or token can't be had
│   └── SecretUnreachableError    1  Secrets Manager does not answer (passing)
├── OutOfTimeError                1  the time left to the function would not do (passing)
│   └── OutgrownError             1  nor would the whole of its time
├── RunsFailedError               1  the function's invocation: some of its runs failed
├── BusyError                     1  another run of the same feed holds the lock (passing)
├── AccountError                  1  the counts do not add up; rolled back
└── InternalError                 1  a fault of csvferry's own

An error carries `hint`, the one thing to do next; `passing`: whether trying again may help; and
`result`: what is known of the run that it ended (`load.context.RunResult`), for its report.
No message holds a value of a row, a password or a token; nor does what `bare` leaves of an error.
"""

import traceback
from enum import IntEnum
from typing import Any, ClassVar

from csvferry.printable import printable


class Exit(IntEnum):
    """Exit statuses of the command line."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    GUARDED = 3


class CsvFerryError(Exception):
    """Base of all errors; `str(error)` is one line, `hint` says what to do next."""

    exit: ClassVar[Exit] = Exit.FAILED
    passing: ClassVar[bool] = False

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(printable(message))
        self.message = printable(message)
        self.hint = printable(hint) if hint else hint
        self.result: Any = None

    def __str__(self) -> str:
        """The message and the hint in one line."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(CsvFerryError):
    """The options, the configuration or the address are wrong."""

    exit = Exit.USAGE


class SettingsError(UsageError):
    """The environment of the function is wrong."""


class GuardError(CsvFerryError):
    """A guard stopped the run before anything was changed."""

    exit = Exit.GUARDED


class EmptyFileError(GuardError):
    """The file has no header and no rows."""


class DoubtfulDialectError(GuardError):
    """The file can be read in two ways, and its bytes do not say which is meant."""


class SourceError(CsvFerryError):
    """The file or object is missing or can't be read."""


class NothingThereError(SourceError):
    """No file is under this folder or prefix, or fits this glob; or the object is gone."""


class SourceUnreachableError(SourceError):
    """The store or server gave no answer, or broke off again and again."""

    passing = True


class SpaceError(SourceError):
    """The file needs more memory or scratch space than the run may use."""


class SourceChangedError(SourceError):
    """The file or object was replaced while it was read."""

    passing = True


class FileError(CsvFerryError):
    """The file as a whole can't be served: its header, encoding or columns."""


class TargetError(CsvFerryError):
    """The table can't take this file: a column it lacks, a type that can't be served."""


class DatabaseError(CsvFerryError):
    """The server refused a statement or can't be reached; `code` is the server's number."""

    def __init__(self, message: str, hint: str | None = None, code: int | None = None) -> None:
        super().__init__(message, hint)
        self.code = code


class RefusedRowError(DatabaseError):
    """A trigger, a CHECK, a partition or a type refused a row that a statement writes."""


class SignInError(DatabaseError):
    """The server refused the user name, password or token."""


class PassingDatabaseError(DatabaseError):
    """A deadlock, a lock wait or a lost connection: the same again may succeed."""

    passing = True


class CommitInDoubtError(PassingDatabaseError):
    """The connection was lost while the server was to commit; the ledger knows whether it did."""


class SecretError(CsvFerryError):
    """The secret with the database's password, or a token in its place, can't be had."""


class SecretUnreachableError(SecretError):
    """What keeps the secret gave no answer."""

    passing = True


class OutOfTimeError(CsvFerryError):
    """Too little time is left for the merge; nothing was changed. A whole invocation may do."""

    passing = True


class OutgrownError(OutOfTimeError):
    """The file takes longer than the function may run."""

    passing = False


class RunsFailedError(CsvFerryError):
    """Runs of one invocation failed; each is named."""


class BusyError(CsvFerryError):
    """Another run of this feed is under way."""

    passing = True


class AccountError(CsvFerryError):
    """Rows read and rows accounted for differ, or the server raised a warning."""


class InternalError(CsvFerryError):
    """A fault of csvferry's own: named by its kind and place, as its message may hold a value."""


def bare(error: Exception) -> CsvFerryError:
    """The error without those that it came from and without its frames, which hold values of rows.

    One that nobody foresaw becomes an InternalError.
    """
    failure = error if isinstance(error, CsvFerryError) else _unforeseen(error)
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def _unforeseen(error: Exception) -> InternalError:
    frames = traceback.extract_tb(error.__traceback__)
    places = [
        f"{frame.filename}:{frame.lineno}" for frame in frames if "csvferry" in frame.filename
    ]
    where = f" at {places[-1]}" if places else ""
    return InternalError(
        f"a fault of csvferry: {type(error).__name__}{where}",
        "what was not committed is undone; please report this line",
    )

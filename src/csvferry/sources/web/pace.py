"""How slow a source may be: whoever sends a byte a minute would hold a run for years."""

from dataclasses import dataclass

from csvferry.errors import SourceUnreachableError

LEAST = 10_000  # bytes a second
WINDOW = 60.0  # seconds of waiting over which they count


@dataclass
class Pace:
    """Counts bytes, and the seconds that were waited for them; `name` is the source's in errors."""

    name: str
    least: float = LEAST
    window: float = WINDOW
    _bytes: int = 0
    _waited: float = 0.0

    def add(self, size: int, waited: float) -> None:
        """Raises SourceUnreachableError when a window brought less than its bytes."""
        self._bytes += size
        self._waited += waited
        if self._waited < self.window:
            return
        if self._bytes < self.least * self._waited:
            raise SourceUnreachableError(
                f"{self.name} sends less than {self.least:,.0f} bytes a second",
                "fetch it by other means, then sync the file",
            )
        self._bytes, self._waited = 0, 0.0

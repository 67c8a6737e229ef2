"""The entry point: tells the version without importing anything else."""

import gc
import os
import sys

_OF_FILES = ("sync", "plan", "check", "verify")  # commands that read the file that they name
_RARELY = 100_000  # objects after which Python looks for circles: what is loaded has none to free


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        from csvferry.version import __version__

        print(f"csvferry {__version__}")
        return
    gc.set_threshold(_RARELY)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # csvferry has none: 20 ms
    if sys.argv[1:2] and sys.argv[1] in _OF_FILES:
        from csvferry.sources.source import identify_ahead

        identify_ahead(sys.argv[2:])
    from csvferry.cli.app import run

    try:
        run()
    finally:
        gc.freeze()  # or Python would look through all that is loaded before it ends (45 ms)


if __name__ == "__main__":
    main()

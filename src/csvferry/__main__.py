"""The entry point: tells the version without importing anything else."""

import gc
import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        from csvferry.version import __version__

        print(f"csvferry {__version__}")
        return
    from csvferry.cli import run

    try:
        run()
    finally:
        gc.freeze()  # or Python would look through all that is loaded before it ends (45 ms)


if __name__ == "__main__":
    main()

"""The entry point: tells the version without importing anything else."""

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        from csvferry.version import __version__

        print(f"csvferry {__version__}")
        return
    from csvferry.cli import run

    run()


if __name__ == "__main__":
    main()

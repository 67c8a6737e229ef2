"""The entry point: tells the version without importing anything else."""

import gc
import os
import sys

_RARELY = 100_000  # objects after which Python looks for circles: what is loaded has none to free


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        from csvferry.version import __version__

        print(f"csvferry {__version__}")
        return
    gc.set_threshold(_RARELY)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # csvferry has none: 20 ms
    from csvferry.cli.app import run

    try:
        run()
    finally:
        gc.freeze()  # or Python would look through all that is loaded before it ends (45 ms)


if __name__ == "__main__":
    main()

"""The command line. `galc --version` is answered before anything is imported."""

import os
import sys


def main() -> None:
    """Run galc; exits with 0 (built, clean), 1 (the input has errors) or 2 (usage or I/O)."""
    if sys.argv[1:] == ["--version"]:
        from galc import __version__

        print(f"galc {__version__}")
        return
    import gc

    # A compiler makes many objects, drops few before it ends, and makes no cycles worth finding.
    gc.disable()
    from galc.cli import galc

    try:
        galc()
    except SystemExit as end:
        _leave(end)


def _leave(end: SystemExit) -> None:
    """End without giving memory back object by object: the system takes all of it at once."""
    if not isinstance(end.code, int | None):
        raise end
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # a closed stream: the interpreter says so
        raise end from None
    os._exit(end.code or 0)


if __name__ == "__main__":
    main()

"""The command line. `galc --version` is answered before anything is imported."""

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

    galc()


if __name__ == "__main__":
    main()

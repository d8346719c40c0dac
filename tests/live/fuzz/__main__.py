"""`python -m tests.live.fuzz`: as many programs as there is time for."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from ..envoy import Envoy
from ..gateways import Gateway
from ..run import World, world
from ..traefik import Traefik
from .compare import Counts, DisagreementError
from .search import search

_GATEWAYS: dict[str, type[Envoy] | type[Traefik]] = {"envoy": Envoy, "traefik": Traefik}
#: Programs between two looks at the clock; each round has a seed of its own.
_ROUND = 40


def main() -> int:
    """Prints each disagreement, made as small as it gets, and the counts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--target", choices=sorted(_GATEWAYS), default="envoy")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--shrink", type=int, default=60, metavar="SECONDS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as around:
        return _run(_GATEWAYS[options.target](), around, options)


def _run(gateway: Gateway, around: World, options: argparse.Namespace) -> int:
    counts, found, seed = Counts(), 0, options.seed
    until = time.monotonic() + options.minutes * 60
    while time.monotonic() < until:
        try:
            search(gateway, around, counts, seed=seed, count=_ROUND, shrink_seconds=options.shrink)
        except DisagreementError as disagreement:
            found += 1
            print(f"--- seed {seed}: {disagreement}\n", flush=True)
        except Exception as error:
            # A document that galc builds and the gateway refuses, or a crash, is a finding too.
            found += 1
            print(f"--- seed {seed}: {error!r}\n", flush=True)
        seed += 1
    print(
        f"{gateway.target}: seeds {options.seed} to {seed - 1}, {counts.programs} programs, "
        f"{counts.requests} requests, {found} rounds with a disagreement"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

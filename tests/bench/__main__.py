"""`python -m tests.bench [--runs N] [--sizes 1000,10000,100000]`: a table of what builds take."""

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.bench.gateways import gal_gateway, yaml_gateway
from tests.bench.measure import galc


def main() -> None:
    """Print medians of whole processes as a markdown table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--targets", default="envoy")
    options = parser.parse_args()
    print("| input | routes | target | seconds | CPU seconds | MiB |")
    print("|---|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for size in map(int, options.sizes.split(",")):
            for spelling, generate in (("yaml", yaml_gateway), ("gal", gal_gateway)):
                file = Path(folder) / f"gateway-{size}.{spelling}"
                file.write_text(generate(size), "utf-8")
                for target in options.targets.split(","):
                    _row(file, size, target, options.runs)


def _row(file: Path, size: int, target: str, times: int) -> None:
    arguments = ("build", file.name, "-t", target)
    runs = [galc(*arguments, cwd=file.parent) for _ in range(times)]
    wall = statistics.median(run.wall for run in runs)
    cpu = statistics.median(run.cpu for run in runs)
    memory = statistics.median(run.memory for run in runs)
    spelling = file.suffix[1:]
    print(
        f"| {spelling} | {size:,} | {target} | {wall:.2f} | {cpu:.2f} | {memory:.0f} |", flush=True
    )


if __name__ == "__main__":
    main()

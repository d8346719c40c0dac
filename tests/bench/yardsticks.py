"""What galc is measured against, in the same run: the floor, and the predecessor.

The floor is what reading the file and writing the result take at least from Python: the events of
libyaml's parser, each fetched once, and `msgspec.json.encode` of the tree that is written. Only
these two are counted, not the start of the process. The predecessor is gal-gateway 1.3.0, through
its library, in a virtual environment of its own.
"""

import subprocess
import sys
from pathlib import Path

from tests.bench.measure import Measured, process

PREDECESSOR = "gal-gateway==1.3.0"

_FLOOR = """
import gc, sys, time
import msgspec, yaml
gc.disable()
text = open(sys.argv[1], encoding="utf-8").read()
start = time.process_time()
parser = yaml.CSafeLoader(text)
while type(parser.get_event()) is not yaml.StreamEndEvent:
    pass
events = time.process_time() - start

from galc.compiler import check
from galc.frontend.source import Source
from galc.targets.envoy.lower import bootstrap
checked = check(Source("bench.yaml", text, "yaml"))
tree = bootstrap(checked.state.gateway)
start = time.process_time()
msgspec.json.encode(tree)
print(events + time.process_time() - start, file=sys.stderr)
"""
_LIBRARY = """
import sys
from gal.config import Config
from gal.providers.envoy import EnvoyProvider
text = EnvoyProvider().generate(Config.from_yaml(sys.argv[1]))
open("predecessor.yaml", "w").write(text)
"""


def floor(file: Path) -> float:
    """CPU seconds of the least that has to be done for a YAML file."""
    return float(process((sys.executable, "-c", _FLOOR, file.name), file.parent).said)


def install_predecessor(folder: Path) -> Path | None:
    """The interpreter that has the predecessor; None where it can't be installed."""
    python = folder / "bin" / "python"
    if python.exists():
        return python
    for command in (
        (sys.executable, "-m", "venv", str(folder)),
        (str(python), "-m", "pip", "install", "--quiet", PREDECESSOR),
    ):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return None
    return python


def predecessor(python: Path, file: Path) -> Measured:
    """Build a file for Envoy with the predecessor."""
    return process((str(python), "-c", _LIBRARY, file.name), file.parent)

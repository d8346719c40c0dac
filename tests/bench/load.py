"""`python -m tests.bench.load`: what the gateways make of many routes, as a markdown table.

Of each built configuration: the CPU time that Envoy takes to check it, how long until the last
route answers, the memory, and the latency of requests for the first, the middle and the last route,
which a gateway that tries a list doesn't take alike. The load is wrk's, if there is one on PATH
(Debian's package of that name), over a few connections; else one connection of this process. The
upstream is an Envoy that answers by itself.
"""

import argparse
import http.client
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from galc.compiler import compile_text
from galc.live.programs import reserved_ports
from galc.targets.envoy import tree as envoy_tree
from galc.targets.traefik import tree as traefik_tree
from tests.live.processes import Process, find_program, running

_QUIET = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "error")
_CONNECTIONS = 4
_PATIENCE = 120.0
_COLUMNS = (
    *("gateway", "routes", "file", "check (CPU)", "ready", "memory"),
    *("first", "middle", "last", "any other"),
)
_TYPE = "type.googleapis.com/envoy.extensions.filters"
_UNITS = {"us": 1.0, "ms": 1000.0, "s": 1_000_000.0}


#: Of each target the module with its tree, and the name of the bound up to which a list is kept.
_BOUNDS = {"envoy": (envoy_tree, "MOST_PASSED_OVER"), "traefik": (traefik_tree, "MOST_COMPARED")}


class Load(NamedTuple):
    """Latencies in microseconds, and requests a second."""

    p50: float
    p99: float
    rate: float


class Variant(NamedTuple):
    """A target, and whether its tree of routes is switched off."""

    target: str
    as_list: bool

    def __str__(self) -> str:
        return f"{self.target} (list)" if self.as_list else self.target


_VARIANTS = {
    str(variant): variant
    for variant in (Variant(name, as_list) for name in _BOUNDS for as_list in (False, True))
}


def main() -> None:
    """Print a row for each gateway and number of routes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of load a route and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--routes", default="10,1000,10000")
    parser.add_argument("--gateways", default=",".join(_VARIANTS))
    options = parser.parse_args()
    print(f"| {' | '.join(_COLUMNS)} |\n|---{'|---:' * (len(_COLUMNS) - 1)}|")
    with reserved_ports(1) as (port,), _upstream(port):
        for name in options.gateways.split(","):
            for count in map(int, options.routes.split(",")):
                _row(_VARIANTS[name], count, port, options.seconds, options.rounds)


def _row(variant: Variant, count: int, upstream: int, seconds: float, rounds: int) -> None:
    with reserved_ports(2) as (port, admin), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _built(variant, _document(count, port, admin, upstream))
        for file, text in files.items():
            (folder / file).write_text(text, "utf-8")
        size = sum(map(len, files.values())) / 1e6
        check = f"{_checked(folder):.2f} s" if variant.target == "envoy" else "—"
        started = time.perf_counter()
        with _gateway(variant.target, folder, port, _path(count - 1)) as (process, pid):
            ready = time.perf_counter() - started
            memory = _memory(pid)
            paths = [_path(number) for number in (0, count // 2, count - 1)]
            loads = _loads(port, [*paths, "/other"], seconds, rounds)
            assert process.running
    cells = " | ".join(f"{one.p50:.0f} / {one.p99:.0f} µs, {one.rate:,.0f}/s" for one in loads)
    print(
        f"| {variant} | {count:,} | {size:.1f} MB | {check} | {ready:.2f} s | {memory:.0f} MiB "
        f"| {cells} |",
        flush=True,
    )


def _path(number: int) -> str:
    return f"/service-{number:05}/api/items"


def _document(count: int, port: int, admin: int, upstream: int) -> str:
    """Routes with methods and, as most gateways have, one for what no other takes: what falls
    through to it must be found out behind each path."""
    routes: list[dict[str, object]] = [
        {"path_prefix": _path(number), "methods": ["GET", "POST"]} for number in range(count)
    ]
    routes.append({"path_prefix": "/", "methods": ["GET"], "timeout": "5s"})
    service = {"name": "s", "upstream": {"host": "127.0.0.1", "port": upstream}, "routes": routes}
    listen = {"host": "127.0.0.1", "port": port, "admin_port": admin}
    return json.dumps({"version": 1, "global": listen, "services": [service]})


def _built(variant: Variant, text: str) -> dict[str, str]:
    module, bound = _BOUNDS[variant.target]
    most = len(text) if variant.as_list else getattr(module, bound)
    with patch.object(module, bound, most):
        result = compile_text(text, "load.yaml", variant.target)
    assert result.ok, result.diagnostics
    return dict(result.artifacts)


def _checked(folder: Path) -> float:
    """CPU seconds that Envoy takes to check a file without running it."""
    command = [find_program("envoy"), "-c", str(folder / "envoy.yaml"), "--mode", "validate"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, *_QUIET], check=True, capture_output=True, timeout=_PATIENCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _gateway(target: str, folder: Path, port: int, last: str) -> Iterator[tuple[Process, int]]:
    """A gateway, once the last route answers."""
    if target == "envoy":
        command = [find_program("envoy"), "-c", str(folder / "envoy.yaml"), *_QUIET]
    else:
        command = ["env", f"--chdir={folder}", find_program("traefik")]
        command += ["--configFile=traefik.yaml"]
    before = _children()
    with running(command, lambda: _status(port, last) == 200, patience=_PATIENCE) as process:
        (pid,) = _children() - before
        yield process, pid


@contextmanager
def _upstream(port: int) -> Iterator[None]:
    """An Envoy that answers every request with 200 and two bytes."""
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": _inline("ok")}}
    host = {"name": "all", "domains": ["*"], "routes": [route]}
    router = {"@type": f"{_TYPE}.http.router.v3.Router"}
    manager = {
        "@type": f"{_TYPE}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "upstream",
        "route_config": {"name": "upstream", "virtual_hosts": [host]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    filters = [{"name": "envoy.http_connection_manager", "typed_config": manager}]
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    listener = {"name": "l", "address": address, "filter_chains": [{"filters": filters}]}
    bootstrap = json.dumps({"static_resources": {"listeners": [listener]}})
    command = [find_program("envoy"), "--config-yaml", bootstrap, *_QUIET]
    with running(command, lambda: _status(port, "/") == 200):
        yield


def _inline(text: str) -> dict[str, str]:
    return {"inline_string": text}


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def _children() -> set[int]:
    """Processes that this one has started."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def _memory(pid: int) -> float:
    """MiB that a process holds."""
    found = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def _loads(port: int, paths: list[str], seconds: float, rounds: int) -> list[Load]:
    """Of each path the round with the median latency; the paths take turns, because the machine
    is faster at one time than at another."""
    measured = [[_load(port, path, seconds) for path in paths] for _ in range(rounds)]
    return [sorted(of_path)[rounds // 2] for of_path in zip(*measured, strict=True)]


def _load(port: int, path: str, seconds: float) -> Load:
    wrk = shutil.which("wrk")
    return _by_wrk(wrk, port, path, seconds) if wrk else _by_one(port, path, seconds)


def _by_wrk(wrk: str, port: int, path: str, seconds: float) -> Load:
    # wrk takes whole seconds.
    options = ["-t1", f"-c{_CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency"]
    done = subprocess.run(
        [wrk, *options, f"http://127.0.0.1:{port}{path}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    p50, p99 = (
        float(number) * _UNITS[unit]
        for number, unit in re.findall(r"\b(?:50|99)%\s+([0-9.]+)(us|ms|s)\b", done.stdout)
    )
    rate = re.search(r"Requests/sec:\s*([0-9.]+)", done.stdout)
    assert rate is not None, done.stdout
    return Load(p50, p99, float(rate[1]))


def _by_one(port: int, path: str, seconds: float) -> Load:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until or len(taken) < 2:
        connection.request("GET", path)
        connection.getresponse().read()
        taken.append((time.perf_counter() - started) * 1e6)
    connection.close()
    p99 = statistics.quantiles(taken, n=100)[98]
    return Load(statistics.median(taken), p99, len(taken) / sum(taken) * 1e6)


if __name__ == "__main__":
    main()

"""The tests of a file on a real gateway: `galc test --live`.

The gateway listens on a free port of loopback, and every upstream of the file is an echo server
there. Clients are told apart by addresses of loopback, and tokens are signed with a key made for
the run. What can't be had so (TLS to an upstream, long waits) is said, and the test is skipped.
"""

from galc.live.run import on_gateway
from galc.live.tokens import signed

__all__ = ["on_gateway", "signed"]

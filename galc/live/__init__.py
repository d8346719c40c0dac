"""The tests of a file on a real gateway: `galc test --live`.

The gateway listens on a free port of loopback, and every upstream of the file is an echo server
there, without TLS. Clients are told apart by addresses of loopback, and tokens are signed with a
key made for the run. A test that can't be had so (a long wait, for one) is skipped, with the
reason.
"""

from galc.live.programs import find
from galc.live.run import on_gateway

__all__ = ["find", "on_gateway"]

"""What a gateway file means, as a program: a reference interpreter.

It knows no target. `galc trace` and `galc test` show its decisions, and the live suite holds every
real gateway against them.
"""

from galc.semantics.interpreter import Decision, Step, begin, end, serve
from galc.semantics.messages import Answer, Forwarded, Reply, Request
from galc.semantics.signatures import Signatures, UnknowableError
from galc.semantics.state import State

__all__ = [
    "Answer",
    "Decision",
    "Forwarded",
    "Reply",
    "Request",
    "Signatures",
    "State",
    "Step",
    "UnknowableError",
    "begin",
    "end",
    "serve",
]

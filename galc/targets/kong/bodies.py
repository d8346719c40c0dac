"""Changes to JSON bodies, by constant programs: request-transformer and response-transformer decode
and encode whole bodies, go by the Content-Type, and know no generators
(kong/plugins/{request,response}-transformer)."""

from galc.ir.gateway import BodyRules
from galc.targets import bodies
from galc.targets.kong import programs as lua
from galc.targets.memo import shared

#: Once it is known that the answer's body will be looked into; has no data of its own.
READABLE = lua.request_step("ask_readable", {})
#: In phase body_filter, for what `answer_head` has decided.
BODY = lua.response_step("answer_body", {})


@shared
def request_step(rules: BodyRules) -> str:
    """The rules for a request's body."""
    return lua.request_step("request_body", bodies.data(rules))


@shared
def answer_step(rules: BodyRules) -> str:
    """The rules for the body of the upstream's answer."""
    return lua.response_step("answer_head", bodies.data(rules))

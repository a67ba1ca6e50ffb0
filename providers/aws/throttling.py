"""AWS says "later" in an error code, with status 400 or 503, as XML from EC2 and as JSON from Pricing."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.fetch import Reply

_CODES = (
    rb"RequestLimitExceeded|Throttling|ThrottlingException|ThrottledException|RequestThrottled"
    rb"|RequestThrottledException|TooManyRequestsException|EC2ThrottledException|PriorRequestNotComplete"
    rb"|BandwidthLimitExceeded|SlowDown|RequestTimeout|RequestTimeoutException"
)
_LATER = re.compile(rb'<Code>\s*(?:%b)\s*</Code>|"__type"\s*:\s*"(?:[^"]*#)?(?:%b)"' % (_CODES, _CODES))


def asks_again(reply: "Reply") -> bool:
    """Whether the answer means that the request may be sent again after a pause."""
    return reply.status >= 400 and _LATER.search(reply.read()) is not None

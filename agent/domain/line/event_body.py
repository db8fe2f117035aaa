"""Reading the body of an event by its kind."""

from typing import Final

import msgspec

from agent.domain.line.events import BODY_TYPES, EventBody

_DECODERS: Final[dict[str, msgspec.json.Decoder[EventBody]]] = {
    kind: msgspec.json.Decoder(body_type) for kind, body_type in BODY_TYPES.items()
}


def decode_body(kind: str, data: bytes | msgspec.Raw) -> EventBody | None:
    """Return the body, None for a kind that is not known; raise msgspec.MsgspecError, or
    UnicodeDecodeError, for one that is not as its kind says."""
    decoder = _DECODERS.get(kind)
    return decoder.decode(data) if decoder else None

"""What each reason of a verdict means: what the cashier is told, with its gaps."""

from agent.api.docs.field_docs import member_docs
from agent.domain.outcome import Reason, template


def reasons_told() -> str:
    """Return a line for each reason; a gap such as {at} is the field of `detail` that fills it."""
    docs = member_docs(Reason)
    return "\n".join(_told(reason, docs.get(reason, "")) for reason in Reason)


def _told(reason: Reason, doc: str) -> str:
    said = template(reason)
    return " ".join(filter(None, (f"- `{reason}`:", doc, said.zh_cn, said.en)))

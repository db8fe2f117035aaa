"""What a member id is, said alike by every command that takes one."""

MEMBER_ID = (
    "24 hex digits (0-9, a-f), HQ's own name for the member in place of phone or card number, as"
    " `store-hq members list` shows"
)

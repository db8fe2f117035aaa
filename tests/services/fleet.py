"""A PC of which head office wants nothing in particular."""

from agent.services.house.fleet import Fleet, Staged

ALONE = Fleet(Staged(digest="0" * 12), version="1")

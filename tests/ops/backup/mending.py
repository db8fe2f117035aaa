"""What a night does about tables that differ, where none does."""

from collections.abc import Mapping


async def unmended(differing: Mapping[str, int]) -> None:
    """Raise AssertionError: the disk changed nothing here."""
    raise AssertionError(f"nothing differs here: {differing}")

"""The guide for store IT says of each block of commands whether it is run, or why not."""

from tests.booted.documents import blocks


def test_every_command_block_of_the_guide_is_run_or_says_why_not() -> None:
    found = blocks()
    assert len(found) > 20
    assert [
        (block.file, block.line) for block in found if not block.where and not block.why_not
    ] == []

"""The doctor inside the agent asks it from a thread, which may outlive the agent's loop."""

import asyncio
import gc
import inspect

import pytest

from agent.ops.doctor.inside import run_on


async def _answer() -> str:
    return "well"


async def _fail() -> str:
    raise ValueError("unwell")


async def test_what_the_loop_answers_or_raises_is_handed_over() -> None:
    loop = asyncio.get_running_loop()
    assert await asyncio.to_thread(lambda: run_on(loop, _answer).result(5)) == "well"
    with pytest.raises(ValueError, match="unwell"):
        await asyncio.to_thread(lambda: run_on(loop, _fail).result(5))


def test_a_loop_that_ends_before_its_turn_leaves_no_coroutine_behind() -> None:
    loop = asyncio.new_event_loop()
    answer = run_on(loop, _answer)
    loop.close()
    del loop
    gc.collect()
    assert not answer.done()


def test_a_loop_that_has_ended_says_so() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError):
        run_on(loop, _answer)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_control_a_coroutine_made_beforehand_is_left_behind() -> None:
    loop = asyncio.new_event_loop()
    coroutine = _answer()
    asyncio.run_coroutine_threadsafe(coroutine, loop)
    loop.close()
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
    coroutine.close()

"""What is loaded is left alone by the garbage collector, and nothing else is."""

import subprocess
import sys

# In processes of their own: what is frozen stays so.
_LOADED = """
import gc, weakref
from agent.base.loading import loading
phases = []
gc.callbacks.append(lambda phase, info: phases.append(phase))
with loading():
    import email.mime.multipart, http.client, xml.dom.minidom
print(phases, gc.get_freeze_count() > 1_000, gc.isenabled())
class Node: pass
one = Node()
one.itself = one
gone = weakref.ref(one)
del one
gc.collect()
print(gone() is None)
"""
_BROKEN = """
import gc
from agent.base.loading import loading
try:
    with loading():
        import no_such_module
except ImportError:
    print(gc.isenabled())
"""


def test_nothing_is_collected_while_it_loads_and_everything_new_afterwards() -> None:
    assert _told_by(_LOADED) == ["[] True True", "True"]


def test_a_module_that_can_t_be_loaded_leaves_the_collector_at_work() -> None:
    assert _told_by(_BROKEN) == ["True"]


def _told_by(program: str) -> list[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

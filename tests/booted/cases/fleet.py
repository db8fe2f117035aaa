"""What store IT does to many PCs at once."""

from tests.booted import ansible
from tests.booted.case import Case
from tests.booted.head_office import STORE, URL
from tests.booted.pair import Pair

_SETTINGS = "/etc/store-agent/agent.toml.d/00-setup.toml"


def _applied(pair: Pair) -> None:
    """The package and every setting gone, the data kept: the role brings both; the second time
    it finds nothing to do."""
    run = pair.store.machine.run
    run(f"rm {_SETTINGS}")
    run("DEBIAN_FRONTEND=noninteractive apt-get remove -y -qq store-agent")
    told = {
        "store_agent_deb": str(pair.packages.agent),
        "store_agent_store": STORE,
        "store_agent_hq": [URL],
        "store_agent_code": pair.hq.enrolment_code(),
    }
    first = ansible.apply(pair, **told)
    pair.expect(first["changed"] > 0, f"nothing was changed: {first}")
    with pair.selling() as till:
        till.wait_for(20)
    second = ansible.apply(pair, **told)
    pair.expect(second["changed"] == 0, f"the second time: {second}")
    pair.note(f"{first['changed']} of {first['ok']} tasks changed something, then none")
    with pair.selling() as till:
        till.wait_for(20)


APPLIED = Case(
    name="ansible",
    what="package and settings are gone; the Ansible role is applied, twice",
    expected="it is installed, set up and sells; the second time nothing changes",
    run=_applied,
)
CASES = (APPLIED,)

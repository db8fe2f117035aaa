"""Ansible, applied to a booted store PC from outside, over what it takes for SSH."""

import json
import os
import shlex
import subprocess
from pathlib import Path

from tests.booted.pair import Pair, UnexpectedError
from tests.booted.places import PLACE
from tests.booted.progress import say

VERSION = "2.18.19"
"""Of ansible-core, from PyPI: fetched by the test, and no dependency of the project."""
_HOME = PLACE / f"ansible-{VERSION}"
_ROLES = Path(__file__).parents[2] / "systemd/ansible/roles"
_PLAY = """\
- hosts: store
  gather_facts: true
  roles: [store_agent]
"""
_TIMEOUT_S = 600.0


def prepare() -> None:
    """Fetch Ansible, which needs the network, unless it is there."""
    if (_HOME / "bin/ansible-playbook").exists():
        return
    say(f"fetching ansible-core {VERSION}")
    subprocess.run(["python3", "-m", "venv", "--clear", _HOME], check=True)
    pip = [str(_HOME / "bin/pip"), "install", "-qq", "--only-binary", ":all:"]
    subprocess.run([*pip, f"ansible-core=={VERSION}"], check=True)


def apply(pair: Pair, **variables: object) -> dict[str, int]:
    """Apply the role to the store PC; return how many tasks were ok, changed, failed …"""
    place = pair.place / "ansible"
    place.mkdir(exist_ok=True)
    (place / "play.yml").write_text(_PLAY)
    (place / "variables.json").write_text(json.dumps(variables))
    ssh = place / "ssh"
    entering = shlex.join(pair.store.machine.entering())
    ssh.write_text(f'#!/bin/bash\nexec {entering} bash -c "${{@: -1}}"\n')
    ssh.chmod(0o755)
    done = subprocess.run(
        [
            *(_HOME / "bin/ansible-playbook", "-i", "store,", "-e", f"@{place}/variables.json"),
            *("-e", f"ansible_ssh_executable={ssh}", "-e", "ansible_ssh_transfer_method=piped"),
            *("-e", "ansible_python_interpreter=/usr/bin/python3", "play.yml"),
        ],
        cwd=place,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "LANG": "C.UTF-8",
            "ANSIBLE_ROLES_PATH": str(_ROLES),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_NOCOLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    lines = done.stdout.splitlines()
    recap = [line for line in lines if line.startswith("store ") and "ok=" in line]
    if done.returncode or not recap:
        raise UnexpectedError(f"ansible-playbook: {done.stdout[-3000:]}{done.stderr[-1000:]}")
    return {name: int(count) for name, count in (one.split("=") for one in recap[-1].split()[2:])}

"""The Ansible role tells setup only what setup takes."""

import json
import re
import tomllib
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from agent.ops.setup.questions import CODE, NAME, QUESTIONS

ROLE = Path(__file__).parents[2] / "systemd/ansible/roles/store_agent"
STORE = {
    "store_agent_store": "MB001",
    "store_agent_till": "T1",
    "store_agent_language": "zh-CN",
    "store_agent_hq": ["https://hq.example.com"],
    "store_agent_scanner": [],
    "store_agent_printer": 'tcp://192.168.1.50:9100?"',
    "store_agent_columns": "48",
    "store_agent_display": "-",
}


def test_the_preseed_file_that_it_writes_answers_every_question_but_the_code() -> None:
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.filters["to_json"] = json.dumps
    template = environment.from_string((ROLE / "templates/preseed.toml.j2").read_text())
    preseed = tomllib.loads(template.render(STORE))
    assert preseed.keys() == {one.name for one in QUESTIONS} - {CODE.name, NAME.name}
    assert preseed["printer"] == STORE["store_agent_printer"]


def test_every_variable_that_it_uses_has_a_default() -> None:
    defaults = set(
        re.findall(r"^(store_agent_\w+):", (ROLE / "defaults/main.yml").read_text(), re.M)
    )
    told = "".join(path.read_text() for path in ROLE.rglob("*.y*ml"))
    told += (ROLE / "templates/preseed.toml.j2").read_text()
    own = set(re.findall(r"(?:register: |^ +)(store_agent_\w+)(?:$|:)", told, re.M))
    assert set(re.findall(r"store_agent_\w+", told)) <= defaults | own

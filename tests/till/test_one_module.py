"""All scripts of a page are one file for the browser, and mean what they mean apart."""

import shutil
import subprocess
from pathlib import Path

import pytest

from agent.till.one_module import ScriptError, one_module

SCRIPTS = {
    "count.js": """/** Counts. */
export let count = 0;
const step = 1;
export function add() { count += step; }
""",
    "say.js": """import { count as _ } from "./count.js";
const step = "its own";
export const said = [];
export async function say(what) { said.push(what, step); }
""",
    "app.js": """import {
  add,
  count,
} from "./count.js";
import { say, said as heard } from "./say.js";
add();
add();
await say(count);
console.log(JSON.stringify(heard));
""",
}
"""A name that each keeps to itself, one that changes, and one that is renamed."""


def _written(directory: Path, scripts: dict[str, str]) -> Path:
    for name, text in scripts.items():
        (directory / name).write_text(text, "utf-8")
    return directory / "app.js"


def test_scopes_stay_apart_and_what_changes_is_seen_to_change(tmp_path: Path) -> None:
    scripts = SCRIPTS | {"say.js": SCRIPTS["say.js"].split("\n", 1)[1]}
    entry = _written(tmp_path, scripts)
    joined = tmp_path / "joined.mjs"
    joined.write_text(one_module(entry), "utf-8")
    entry.rename(tmp_path / "app.mjs")  # node takes .js for the old kind of script
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run([node, joined], capture_output=True, text=True, check=True)
    assert done.stdout == '[2,"its own"]\n'


@pytest.mark.parametrize(
    ("scripts", "why"),
    [
        ({"app.js": 'import "./other.js";\n', "other.js": ""}, "no form of import"),
        ({"app.js": "export default 1;\n"}, "no form of import or export"),
        ({"app.js": "export { a };\n"}, "no form of import or export"),
        ({"app.js": 'import { a } from "./app.js";\n'}, "imports itself"),
        (
            {
                "app.js": 'import { a } from "./other.js";\nexport let b = 1;\n',
                "other.js": "export let b = 1;\nexport const a = 1;\n",
            },
            "the same name",
        ),
        (SCRIPTS, "renames count"),
    ],
)
def test_what_would_mean_something_else_is_refused(
    tmp_path: Path, scripts: dict[str, str], why: str
) -> None:
    with pytest.raises(ScriptError, match=why):
        one_module(_written(tmp_path, scripts))

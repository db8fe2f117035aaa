"""The guide for store IT, as it is written: its commands are run on booted systems."""

from tests.booted.case import Case
from tests.booted.documents import Block, blocks
from tests.booted.pair import Pair

_PREPARED = """\
cd /root
as_agent() { runuser -u store-agent -- store-agent "$@"; }
as_hq() { runuser -u store-hq -- store-hq "$@"; }
export DEBIAN_FRONTEND=noninteractive SYSTEMD_PAGER=
"""
_BACKUPS = "/mnt/store-backup"
_BACKUPS_SET_UP = f"""\
cat >/etc/store-agent/agent.toml.d/backup.toml <<T
[backup]
target = "{_BACKUPS}"
recipients = ["$(grep -o 'age1[0-9a-z]*' store-backups.key)"]
T
systemctl restart store-agent
"""
"""The settings that the page on backups shows, with the key that its first block made."""
_BEFORE = {
    "store-agent backup new-key": f"mkdir -p {_BACKUPS}; mount -t tmpfs tmpfs {_BACKUPS}\n",
    "store-agent backup now": _BACKUPS_SET_UP,
}
"""What a reader has done before the block that begins so."""
_NAMED = {"quarantine/TIME": "quarantine/*"}
"""What stands on a page for a name that only the reader's PC has."""
_FOLLOWED_S = 5
"""How long `journalctl -f` is looked at."""


def _documents(pair: Pair) -> None:
    for machine in (pair.store.machine, pair.hq.machine):
        for package in (pair.packages.agent, pair.packages.hq):
            machine.run(f"mv {machine.bring(package)} /root/")
    pair.hq.machine.run("printf 'sku,name,price\\nA009,鸡蛋,8.80\\n' >/tmp/articles.csv")
    unmarked = [block for block in blocks() if not block.where and not block.why_not]
    failed = [said for block in blocks() if block.where and (said := _run(pair, block))]
    run = sum(1 for block in blocks() if block.where)
    pair.note(f"{run} blocks run, {sum(1 for block in blocks() if block.why_not)} not")
    failed += [f"{block.file}:{block.line} bears no mark" for block in unmarked]
    pair.expect(not failed, "\n".join(failed))


def _run(pair: Pair, block: Block) -> str:
    """Run it; return what went wrong, or nothing."""
    machine = pair.store.machine if block.where == "store" else pair.hq.machine
    script = machine.root / "root/block.sh"
    commands = block.commands.replace("journalctl", f"timeout {_FOLLOWED_S} journalctl")
    for placeholder, name in _NAMED.items():
        commands = commands.replace(placeholder, name)
    before = "".join(done for start, done in _BEFORE.items() if commands.startswith(start))
    script.write_text(f"{_PREPARED}set -e\n{before}{_tolerant(commands)}")
    done = machine.attempt("bash /root/block.sh", timeout_s=300)
    if done.returncode == 0:
        return ""
    return f"{block.file}:{block.line}: status {done.returncode}: {done.stdout[-600:]}"


def _tolerant(commands: str) -> str:
    """A command that follows the journal until Ctrl-C ends with timeout's own status."""
    return "".join(
        f"{line.partition('#')[0].rstrip()} || [ $? = 124 ]\n" if " -f" in line else f"{line}\n"
        for line in commands.splitlines()
    )


CASES = (
    Case(
        name="documents",
        what="every command block of docs/store-it.md and docs/store-it/",
        expected="each does what the page says, with exit status 0",
        run=_documents,
        judged=False,
    ),
)

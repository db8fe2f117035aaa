"""Watches a new release of the store agent, and puts the old one back if it does not do its work.

Run by root with the *old* release's interpreter (store-agent-trial.service), so that nothing that
is new is needed for the way back. Imports the standard library alone.

    trial.py --within 180 --steady 30

It passes when /healthz said for `steady` seconds on end that a sale can be recorded, by one and
the same process. When it did not `within` seconds of the switch, or systemd has given it up, or it
ended by itself a third time without having been able to, the old release goes on selling:
on the same database, if it can read what the new one made of it; on the copy made before, if
nothing was recorded since; if neither, the new one stays and people are told.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

HOME = Path("/usr/lib/store-agent")
DATA = Path("/var/lib/store-agent")
SERVICE = "store-agent.service"
BEFORE = DATA / "before-upgrade"
ROLLED_BACK = DATA / "rolled-back.json"
"""What the agent tells head office of it: `version`, `why`, `at` in Unix milliseconds."""
DEFAULT_PORT = 8770
ENDS_AT_MOST = 3
"""As often a release may end by itself and be started anew, before it could record a sale."""
STATE = "ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus"


def main() -> int:
    """Watch one trial; 0: the new release passed, 1: it was taken back, 2: it could not be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--within", type=float, required=True, help="seconds")
    parser.add_argument("--steady", type=float, required=True, help="seconds")
    times = parser.parse_args()
    told = dict(line.split("=", 1) for line in (HOME / "trial").read_text().split())
    old, new = told["old"], told["new"]
    why = watch(new, within=times.within, steady=times.steady)
    if why is None:
        ROLLED_BACK.unlink(missing_ok=True)
        end_trial(keep=new)
        say(f"{new} does its work; {old} is given up")
        return 0
    say(f"{new} does not do its work ({why}); {old} is put back")
    return put_back(old, new, why)


def watch(new: str, *, within: float, steady: float) -> str | None:
    """Return None once `new` has done its work for `steady` seconds, else what was amiss."""
    deadline = time.monotonic() + within
    since, process, restarts, why = time.monotonic(), "", 0, "not started"
    while True:
        state = service()
        found, why = state.get("MainPID", "0"), look(new, state)
        if why or found != process:
            since, process = time.monotonic(), found
        if not why:
            restarts = int(state["NRestarts"])
        if not why and time.monotonic() - since >= steady:
            return None
        if end := hopeless(state, restarts):
            return end
        if time.monotonic() >= deadline and why:
            return why
        if time.monotonic() >= deadline + steady:
            return "it does not stay up"
        time.sleep(1)


def service() -> dict[str, str]:
    """Return what systemd says of the service, by the names of STATE; empty: nothing."""
    shown = run("systemctl", "show", SERVICE, "-p", STATE)
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def look(new: str, state: Mapping[str, str]) -> str:
    """Return what is amiss with the service now; empty: a sale can be recorded."""
    if state.get("ActiveState") != "active":
        return f"{state.get('ActiveState')}, {state.get('SubState')}"
    try:
        with build_opener(ProxyHandler({})).open(health_url(new), timeout=10):
            return ""
    except (URLError, OSError) as error:
        return f"/healthz: {error}"


def hopeless(state: Mapping[str, str], restarts_when_healthy: int) -> str:
    """Return why waiting longer brings nothing; empty: it may."""
    how = f"{state.get('Result')}, status {state.get('ExecMainStatus')}"
    if state.get("ActiveState") == "failed":
        return f"systemd has given it up: {how}"
    ends = int(state.get("NRestarts", 0)) - restarts_when_healthy
    return f"it ended {ends} times: {how}" if ends >= ENDS_AT_MOST else ""


def health_url(release: str) -> str:
    """Return where the agent says whether it can record a sale, by its own settings."""
    try:
        api = json.loads(agent(release, "check-config", "--json"))["api"]
        host = "127.0.0.1" if api["host"] in ("0.0.0.0", "::") else api["host"]  # noqa: S104
        return f"http://{host}:{api['port']}/healthz"
    except (ValueError, KeyError):
        return f"http://127.0.0.1:{DEFAULT_PORT}/healthz"


def put_back(old: str, new: str, why: str) -> int:
    """Let `old` sell on; return the exit status."""
    if not reads_back(old, new) and not copy_brought_back(old, new):
        say(
            f"{old} can't read the database any more, and {new} has recorded something since: "
            f"{new} stays. Call head office; journalctl -u store-agent says what is amiss."
        )
        run("systemctl", "--no-block", "start", SERVICE)
        end_trial(keep=new)
        return 2
    switch(old)
    note = {"version": new.rpartition("-")[0], "why": why, "at": time.time_ns() // 1_000_000}
    written = ROLLED_BACK.with_suffix(".new")
    written.write_text(json.dumps(note))
    shutil.chown(written, "store-agent", "store-agent")
    written.replace(ROLLED_BACK)
    run("systemctl", "reset-failed", SERVICE)
    run("systemctl", "--no-block", "restart", SERVICE)  # under the open port, if it is open
    end_trial(keep=old)
    return 1


def reads_back(old: str, new: str) -> bool:
    """Tell whether `old` can work with the database as it is."""
    newest = int((HOME / "releases" / old / "SCHEMA").read_text().split()[0])
    return int((facts(old) or facts(new)).get("readable_from", 0)) <= newest


def copy_brought_back(old: str, new: str) -> bool:
    """Put the copy from before the switch in its place, if nothing was recorded since."""
    run("systemctl", "stop", SERVICE)
    now, kept = facts(old) or facts(new), facts(old, BEFORE / "store.db")
    if not kept or (kept.get("last_seq"), kept.get("tip")) != (now.get("last_seq"), now.get("tip")):
        return False
    for end in ("", "-wal", "-shm"):
        if (file := DATA / f"store.db{end}").exists():
            file.rename(DATA / f"store.db.of-{new}{end}")
    for file in sorted(BEFORE.iterdir()):
        file.rename(DATA / file.name)
    return True


def facts(release: str, database: Path | None = None) -> dict[str, str]:
    """Return what `store-agent schema` of `release` says of a database; empty: it can't be read."""
    of = () if database is None else ("--database", str(database))
    lines = agent(release, "schema", *of).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def switch(release: str) -> None:
    """Let `current` name `release`, at once."""
    link = HOME / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{release}")
    link.rename(HOME / "current")


def end_trial(*, keep: str) -> None:
    """Leave `keep` as the only release; this program's own stays until it has ended."""
    (HOME / "trial").unlink()
    shutil.rmtree(BEFORE, ignore_errors=True)
    for release in (HOME / "releases").iterdir():
        if release.name not in (keep, Path(sys.executable).parent.parent.name):
            shutil.rmtree(release)


def agent(release: str, *words: str) -> str:
    """Return what a command of `release` prints; empty if it fails."""
    python = HOME / "releases" / release / "bin" / "python3.11"
    return run(str(python), "-I", "-m", "agent.cli", *words)


def run(*command: str) -> str:
    """Return what `command` prints; empty if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def say(text: str) -> None:
    """Tell the system's journal."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())

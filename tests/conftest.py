"""What every part of the suite may use: a real PostgreSQL, a database of one's own, fresh logs."""

import logging
import os
import signal
import sys
from collections.abc import Generator, Iterator
from uuid import uuid4

import pytest
import structlog
from hypothesis import HealthCheck, settings

from agent.base.loading import loading
from tests.lab import in_memory
from tests.lab.postgres import PostgresServer
from tests.store.query_plans import every_statement_planned

# A busy machine is no fault of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# Hundreds of processes are started here: compiling each module every time would be a third of that.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Nor does each of them load the public certificate authorities, which aiohttp does twice: no test
# speaks to a public server.
os.environ.setdefault("SSL_CERT_FILE", os.devnull)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so, and every process that a test starts would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests wait here to the end: the garbage collector need not look at them."""
    with loading():
        return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What a group shares would be made once in each worker: findings/pytest-xdist-groups.sh."""
    if getattr(session.config.option, "loadgroup", False):
        marked = [item for item in session.items if item.get_closest_marker("xdist_group")]
        if any("@" not in item.nodeid for item in marked):
            raise pytest.UsageError("pytest-xdist keeps no group together with this pytest")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command run within this process sets up the logs; the next test must not notice."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", "aiohttp.access")}
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def statements_read_whole() -> Iterator[list[str]]:
    """What is found wrong with the plans of the store's statements."""
    with every_statement_planned() as found:
        yield found


@pytest.fixture(autouse=True)
def no_growing_table_is_read_whole(statements_read_whole: list[str]) -> Iterator[None]:
    """A statement that costs more with each year is this test's failure, the first that runs it."""
    yield
    found, statements_read_whole[:] = statements_read_whole[:], []
    assert found == []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, shared by the tests of one process: not one to kill or stop.

    In memory: to make its hundreds of databases on a disk was most of what their tests took.
    """
    with (
        in_memory.room() as room,
        PostgresServer(data_dir=room / "postgres", durable=False) as server,
    ):
        yield server


@pytest.fixture
def database_dsn(postgres_server: PostgresServer) -> Iterator[str]:
    """The DSN of an empty database that is this test's alone."""
    name = f"test_{uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)

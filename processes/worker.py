"""The worker: a Celery worker whose processes deliver the outboxes of all domains and keep them moving.

``python -m processes.worker``. Every process of the pool has one event loop, one small pool of connections, and
besides its tasks runs the relays, so that deliveries go on while any worker lives, with or without beat.
"""

from __future__ import annotations

import asyncio
import logging
import os
import warnings
from collections.abc import Coroutine, Sequence
from typing import Any

import redis.asyncio as redis
from celery import Celery, signals
from celery.platforms import SecurityWarning

from core import bus
from core.bus_reader import BusReader, one_by_one
from core.celery_app import app
from core.db import Database
from core.domains import serve_each
from core.event import Event
from core.events import OutcomeRecorded
from core.logs import set_up_logging
from core.settings import Settings, settings
from core.tasks import together
from crm_sync import tasks
from crm_sync.connectors.port import Connector
from crm_sync.connectors.registry import ConnectorRegistry
from crm_sync.connectors.webhook import WebhookConnector
from crm_sync.delivery import relay
from crm_sync.rhythm import Rhythm
from crm_sync.timeline import BATCH, sweep_timeline
from processes.precedence import Precedence, take_place
from processes.task_loop import TaskLoop

CONCURRENCY = 2
_POOL_SIZE = 2
_RELAY_SECONDS = 1.0
_SWEEP_SECONDS = 1.0
_SWEEP_WINDOW_SECONDS = 60.0
_BUS_PAUSE_SECONDS = 0.3
"""How late a delivery may hear of its outcome: the path of a call goes first."""


class DomainParts:
    """What a pool process runs for one domain: its relay, its timeline, its ear on the bus."""

    def __init__(self, client: redis.Redis, pool: Database, celery: Celery, domain: str) -> None:
        self._bus = bus.Bus(client, domain)
        self.database = pool.of(domain, self._bus)
        self._celery = celery
        self.relay = Rhythm("relay", self._relay, _RELAY_SECONDS, relay.BATCH)
        self._sweep = Rhythm("timeline", self._sweep_recent, _SWEEP_SECONDS, BATCH)
        self._reader = BusReader(
            client,
            domain,
            one_by_one(self._on_event),
            self._on_gap,
            wanted=(OutcomeRecorded,),
            pause=_BUS_PAUSE_SECONDS,
        )

    async def run(self) -> None:
        """Until cancelled, or until one of them fails."""
        await together(self.relay.run(), self._sweep.run(), self._reader.run(), self._bus.tend(self.database))

    def close(self) -> None:
        """Close its link."""
        self._bus.close()

    async def _relay(self) -> int:
        return await relay.relay_due(self.database, self._send)

    async def _send(self, due: Sequence[relay.Due]) -> None:
        await asyncio.to_thread(tasks.send_deliveries, self._celery, self.database.domain, due)

    async def _sweep_recent(self) -> int:
        return await sweep_timeline(self.database, _SWEEP_WINDOW_SECONDS)

    async def _on_event(self, event: Event) -> None:
        if isinstance(event, OutcomeRecorded):
            self.relay.wake()

    async def _on_gap(self) -> None:
        """At the start and after every loss of sight: what happened meanwhile is in the tables."""
        self.relay.wake()
        await tasks.sweep_whole_timeline(self.database, tasks.DEEP_WINDOW_SECONDS)


class Parts:
    """What a pool process opens on its loop and closes at its end."""

    def __init__(self, config: Settings, celery: Celery) -> None:
        self._client = bus.connect(config.redis_url)
        self._pool = Database(config.database_url, domain=config.domain, pool_size=_POOL_SIZE)
        self._webhook = WebhookConnector(own_url(config))
        self.connector: Connector = ConnectorRegistry({"webhook": self._webhook})
        self._celery = celery
        self.domains: dict[str, DomainParts] = {}

    async def start(self, loop: TaskLoop) -> None:
        """Begin to serve every domain."""
        await loop.keep("domains", lambda: serve_each(self._pool, self._serve))

    async def close(self) -> None:
        """Close connections."""
        await self._webhook.close()
        await self._pool.close()
        for each in self.domains.values():
            each.close()
        await self._client.aclose()

    def of(self, domain: str) -> DomainParts:
        """Those of a domain, also of one that is not served here yet: its task may come first."""
        if domain not in self.domains:
            self.domains[domain] = DomainParts(self._client, self._pool, self._celery, domain)
        return self.domains[domain]

    async def _serve(self, domain: str) -> None:
        try:
            await self.of(domain).run()
        finally:
            self.domains.pop(domain).close()


class PoolProcess:
    """``crm_sync.tasks.Runtime`` of one process of the pool; opened after the fork, empty in the parent."""

    def __init__(self) -> None:
        self._loop: TaskLoop | None = None
        self._parts: Parts | None = None

    def open(self, **_: Any) -> None:
        """Called by Celery in the new process."""
        self._loop = TaskLoop()
        self._loop.start()
        self._parts = self._loop.run(self._make())
        self._loop.run(self._parts.start(self._loop))

    def close(self, **_: Any) -> None:
        """Called by Celery when the process ends in peace; the relay goes on elsewhere."""
        if self._loop is not None and self._parts is not None:
            self._loop.run(self._loop.stop_background())
            self._loop.run(self._parts.close())
            self._loop.stop()

    async def _make(self) -> Parts:
        return Parts(settings(), app)

    @property
    def parts(self) -> Parts:
        """What ``open`` made."""
        assert self._parts is not None
        return self._parts

    def database_of(self, domain: str) -> Database:
        """See ``Runtime``."""
        return self.parts.of(domain).database

    def domains(self) -> list[str]:
        """See ``Runtime``."""
        return list(self.parts.domains)

    @property
    def connector(self) -> Connector:
        """See ``Runtime``."""
        return self.parts.connector

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """See ``Runtime``."""
        assert self._loop is not None
        self._loop.run(work)

    def wake_relay(self) -> None:
        """See ``Runtime``; from any thread."""
        assert self._loop is not None
        for each in list(self.parts.domains.values()):
            self._loop.loop.call_soon_threadsafe(each.relay.wake)


def own_url(config: Settings) -> str:
    """Where this machine's web process is reached from this machine."""
    anywhere = config.http_host in ("", "0.0.0.0", "::", "localhost")  # noqa: S104
    return f"http://{'127.0.0.1' if anywhere else config.http_host}:{config.http_port}"


def main() -> None:
    """Run until told to stop; SIGTERM lets running tasks finish."""
    config = settings()
    set_up_logging("worker", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.LATER)
    process = PoolProcess()
    tasks.register(app, process)
    signals.setup_logging.connect(_keep_our_logging, weak=False)
    signals.worker_process_init.connect(process.open, weak=False)
    signals.worker_process_shutdown.connect(process.close, weak=False)
    _quieten()
    app.worker_main(
        ["--quiet", "worker", "--pool=prefork", f"--concurrency={CONCURRENCY}", f"--hostname=worker-{os.getpid()}@%h",
         "--without-gossip", "--without-mingle", "--without-heartbeat", f"--loglevel={config.log_level}"]
    )  # fmt: skip


def _quieten() -> None:
    """Leave out lines that say nothing of ours: one an HTTP request (with its URL) and two a task."""
    warnings.filterwarnings("ignore", category=SecurityWarning)
    for name in ("httpx", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _keep_our_logging(**_: Any) -> None:
    """Connected to Celery's signal, so that it leaves the loggers alone."""


if __name__ == "__main__":
    main()

"""The jobs of this package. They carry ids, re-read, re-check and may run twice."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Sequence
from typing import Any, Protocol
from uuid import UUID

from celery import Celery

from core.db import Database
from crm_sync.connectors.port import Connector
from crm_sync.delivery.attempt import attempt
from crm_sync.delivery.relay import Due
from crm_sync.timeline import BATCH, sweep_timeline

DELIVER = "crm_sync.deliver"
SWEEP_TIMELINE = "crm_sync.sweep_timeline"
WAKE_RELAY = "crm_sync.wake_relay"

DEEP_WINDOW_SECONDS = 7 * 24 * 3600.0


class Runtime(Protocol):
    """What a worker process gives to its tasks; made by ``processes.worker``."""

    def database_of(self, domain: str) -> Database:
        """The process's pool, for work in that domain."""

    def domains(self) -> Collection[str]:
        """Those that are served at present."""

    @property
    def connector(self) -> Connector:
        """Serves every kind."""

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Run on the process's event loop and wait for the end."""

    def wake_relay(self) -> None:
        """Look for due deliveries now."""


def register(app: Celery, runtime: Runtime) -> None:
    """Make the tasks known to the app of a worker."""

    def deliver(delivery_id: str, attempts: int, domain: str) -> None:
        runtime.run(_deliver(runtime, UUID(delivery_id), attempts, domain))

    def sweep(window_seconds: float = DEEP_WINDOW_SECONDS) -> None:
        for domain in runtime.domains():
            runtime.run(sweep_whole_timeline(runtime.database_of(domain), window_seconds))

    app.task(deliver, name=DELIVER)
    app.task(sweep, name=SWEEP_TIMELINE)
    app.task(runtime.wake_relay, name=WAKE_RELAY)


async def _deliver(runtime: Runtime, delivery_id: UUID, attempts: int, domain: str) -> None:
    if await attempt(runtime.database_of(domain), runtime.connector, delivery_id, attempts):
        runtime.wake_relay()


async def sweep_whole_timeline(database: Database, window_seconds: float) -> None:
    """Sweep until nothing is left."""
    while await sweep_timeline(database, window_seconds) == BATCH:
        pass


def send_deliveries(app: Celery, domain: str, due: Sequence[Due]) -> None:
    """Hand a domain's due deliveries to workers. Blocks for milliseconds; raises at once when the broker is away."""
    with app.producer_or_acquire() as producer:
        for delivery_id, attempts in due:
            app.send_task(
                DELIVER,
                (str(delivery_id), attempts, domain),
                task_id=f"{delivery_id}-{attempts}",
                producer=producer,
                retry=False,
            )

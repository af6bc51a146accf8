"""The Celery application. Jobs carry ids, re-read, re-check and may run twice; no outcome depends on Valkey."""

from __future__ import annotations

from celery import Celery

from core.settings import settings


def make_celery(broker_url: str) -> Celery:
    """Celery on Valkey with settings under which a killed worker loses nothing."""
    app = Celery("hotline", broker=broker_url)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_time_limit=60,
        task_default_queue="hotline",
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 120,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 10,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
        },
        worker_hijack_root_logger=False,
        timezone="UTC",
    )
    return app


app = make_celery(settings().redis_url)

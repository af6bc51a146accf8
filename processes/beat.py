"""Beat: wakes the slow rounds. Nothing depends on it alone, so its death only delays what is rare.

``python -m processes.beat``
"""

from __future__ import annotations

from typing import Any

from celery import signals
from celery.apps.beat import Beat

from core.celery_app import app
from core.logs import set_up_logging
from core.settings import settings
from crm_sync import tasks
from processes.precedence import Precedence, take_place

SCHEDULE: dict[str, dict[str, Any]] = {
    "wake the relay": {"task": tasks.WAKE_RELAY, "schedule": 10.0, "options": {"expires": 10}},
    "sweep the timeline": {"task": tasks.SWEEP_TIMELINE, "schedule": 300.0, "options": {"expires": 300}},
}


def main() -> None:
    """Run until told to stop."""
    config = settings()
    set_up_logging("beat", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.LATER)
    signals.setup_logging.connect(_keep_our_logging, weak=False)
    app.conf.beat_schedule = SCHEDULE
    place = config.var_dir / "run"
    place.mkdir(parents=True, exist_ok=True)
    Beat(app=app, schedule=str(place / "beat-schedule"), quiet=True).run()


def _keep_our_logging(**_: Any) -> None:
    """Connected to Celery's signal, so that it leaves the loggers alone."""


if __name__ == "__main__":
    main()

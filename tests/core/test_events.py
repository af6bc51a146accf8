"""Events: named after what happened, closed against unknown fields, the same after a journey as JSON."""

from __future__ import annotations

import re

import orjson
import pytest
from pydantic import ValidationError

from core.event import REGISTRY
from core.events import CustomerCreated, CustomerTierChanged, parse_event
from core.ids import new_id


def test_names_are_nouns_and_past_participles() -> None:
    for name in REGISTRY:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", name), name


def test_an_event_survives_json() -> None:
    event = CustomerCreated(customer_id=new_id())
    assert parse_event("customer.created", event.model_dump_json()) == event


def test_an_undeclared_field_is_a_schema_bug() -> None:
    with pytest.raises(ValidationError):
        CustomerCreated(customer_id=new_id(), colour="red")  # type: ignore[call-arg]


def test_an_event_of_a_newer_process_is_passed_over() -> None:
    assert parse_event("moon.landed", "{}") is None


def test_an_old_process_reads_what_a_newer_one_tells() -> None:
    told = orjson.loads(CustomerTierChanged(customer_id=new_id(), tier="key").model_dump_json())
    assert parse_event("customer.tier_changed", orjson.dumps(told | {"mood": "good"})) == CustomerTierChanged(**told)
    with pytest.raises(ValidationError):
        parse_event("customer.tier_changed", orjson.dumps({"mood": "good"}))

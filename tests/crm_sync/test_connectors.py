"""Signature, allowed addresses and waits: pure parts."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from crm_sync.connectors.addresses import find_targets, is_allowed
from crm_sync.connectors.memory import MemoryConnector
from crm_sync.connectors.port import ConnectorConfig, DeliveryFailed, Parcel
from crm_sync.connectors.registry import ConnectorRegistry
from crm_sync.connectors.signature import sign, verify
from crm_sync.delivery.backoff import RetryPolicy


def test_a_signature_fits_its_body_secret_and_time_only() -> None:
    header = sign("secret", 1000, b"body")
    assert verify("secret", header, b"body", 1000) and verify("secret", header, b"body", 1299)
    assert not verify("secret", header, b"other", 1000)
    assert not verify("other", header, b"body", 1000)
    assert not verify("secret", header, b"body", 1400)
    assert not verify("secret", header.replace("t=1000", "t=1001"), b"body", 1001)


@given(st.text(max_size=60))
def test_no_header_breaks_the_check(header: str) -> None:
    assert not verify("secret", header, b"body", 1000)


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True), ("127.0.0.1", False, True), ("10.1.2.3", False, True),
        ("100.64.0.1", False, True),
        ("169.254.169.254", False, False), ("224.0.0.1", False, False), ("0.0.0.0", False, False),
        ("255.255.255.255", False, False), ("::1", False, True), ("fd00::1", False, True), ("fe80::1", False, False),
        ("::ffff:169.254.169.254", False, False), ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:7f00:1::", False, True), ("2606:2800:220:1::1", True, True),
    ],
)  # fmt: skip
def test_which_addresses_a_connector_may_reach(address: str, public: bool, private: bool) -> None:
    parsed = ipaddress.ip_address(address)
    assert (is_allowed(parsed, private=False), is_allowed(parsed, private=True)) == (public, private)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.test/",
        "http://",
        "http://user@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1",
        "//x",
        "http://127.0.0.1/",
    ],
)
async def test_bad_and_forbidden_urls_are_failures_not_crashes(url: str) -> None:
    with pytest.raises(DeliveryFailed):
        await find_targets(url, private=False)


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(first_seconds=2, longest_seconds=60)
    assert [policy.wait_seconds(n, 1.0) for n in (1, 2, 3, 6, 100)] == [2, 4, 8, 60, 60]
    assert policy.wait_seconds(3, 0.0) == 4
    assert policy.wait_seconds(1, 1.0, wished=30) == 30


@given(
    st.dictionaries(
        st.sampled_from(["max_attempts", "first_seconds"]), st.none() | st.text() | st.integers() | st.booleans()
    )
)
def test_odd_options_give_a_sane_policy(options: dict[str, object]) -> None:
    policy = RetryPolicy.from_options(options)
    assert 1 <= policy.max_attempts <= 100 and 0 < policy.first_seconds <= 3600


async def test_the_registry_finds_the_kind() -> None:
    memory = MemoryConnector()
    registry = ConnectorRegistry({"memory": memory})
    parcel = Parcel(new_id(), "outcome.recorded", "2026-01-01T00:00:00+00:00", {})
    await registry.deliver(ConnectorConfig(new_id(), "crm", "memory", {}, ""), parcel)
    assert list(memory.received) == [parcel.outbox_id]
    with pytest.raises(DeliveryFailed, match="no connector of kind"):
        await registry.deliver(ConnectorConfig(new_id(), "crm", "carrier pigeon", {}, ""), parcel)

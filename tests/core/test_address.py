"""The normaliser: messy numbers become one, hostile text becomes harmless, nothing is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.address import MAX_NAME, AddressKind, clean_text, phone_address


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("+447700900123", "CN"),
        ("+44 (0)7700 900123", "CN"),
        ("0044 7700 900 123", "CN"),
        ("07700 900123", "GB"),
        ("07700-900/123", "GB"),
        ("tel:+44-7700-900123", "CN"),
    ],
)
def test_every_spelling_of_a_number_is_one_customer(raw: str, region: str) -> None:
    address = phone_address(raw, region)
    assert (address.kind, address.value) == (AddressKind.PHONE, "+447700900123")


@pytest.mark.parametrize("raw", [None, "", "anonymous", "Anonymous", " RESTRICTED ", "<unknown>"])
def test_a_withheld_number_is_a_kind_of_its_own(raw: str | None) -> None:
    address = phone_address(raw, "CN")
    assert (address.kind, address.value) == (AddressKind.WITHHELD, "")


def test_a_number_that_no_plan_knows_stays_recognisable() -> None:
    first, second = phone_address("wang.fang@pbx", "CN"), phone_address(" wang.fang@pbx", "CN")
    assert first.kind is AddressKind.HANDLE
    assert first.value == second.value == "wang.fang@pbx"


@pytest.mark.parametrize(
    ("hostile", "clean"),
    [
        ("Eve\r\nAction: Originate", "Eve Action: Originate"),
        ("Eve\u2028Channel: PJSIP/x", "Eve Channel: PJSIP/x"),
        ("\x85\x1d\x00a", "a"),
        ("\u202egnp.exe", "gnp.exe"),
        ('say "hi"; 王芳 😀', 'say "hi"; 王芳 😀'),
    ],
)
def test_line_and_control_characters_never_pass(hostile: str, clean: str) -> None:
    assert clean_text(hostile) == clean


@given(st.text(max_size=5000))
def test_cleaned_text_is_one_short_line(text: str) -> None:
    cleaned = clean_text(text)
    assert len(cleaned) <= MAX_NAME
    assert len(cleaned.splitlines()) <= 1
    assert clean_text(cleaned) == cleaned


@given(st.text(max_size=300))
def test_no_number_from_outside_is_an_error(raw: str) -> None:
    address = phone_address(raw, "CN")
    assert (address.kind is AddressKind.WITHHELD) == (address.value == "")

"""A day comes back from its file as it was; a hostile file is refused with a code, and with the line."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from core.errors import Refusal
from routing.recorded import day_file
from routing.recorded.day import Contact, RecordedDay
from tests.routing.recorded.days import DECLINED, MISSED, call, day_of

RICH = call(
    10.5, queue="claims", tier="key/A", grade="A", skills={"spanish": 3}, preferred={"vip": 5}, priority=7, target=30,
    account_manager="lin", last_agent="wu", demanded=("lin", "wu"), demanded_for=9.5, agent="lin", wait=31.25, ring=3.5,
    talk=200.125,
    wrap=12.0, rings=(MISSED, DECLINED),
)  # fmt: skip
DAY = replace(day_of([call(1.0, wait=8.0), RICH], {"lin": ((0.0, 50.5), (60.0, 86_400.0)), "wu": ()}), left_out=2)


def content(day: RecordedDay = DAY) -> bytes:
    return b"".join(day_file.dump(day))


def test_a_day_comes_back_as_it_was() -> None:
    assert day_file.load(content()) == DAY
    assert day_file.load(content(day_of([], {}))) == day_of([], {})


def test_nothing_of_customers_is_in_it() -> None:
    assert set(orjson.loads(content().splitlines()[-1])) <= set(Contact.__dataclass_fields__)
    assert not {"name", "address", "customer", "id", "number"} & set(Contact.__dataclass_fields__)


def _with(line: int, **fields: object) -> bytes:
    lines = content().splitlines()
    lines[line] = orjson.dumps(orjson.loads(lines[line]) | fields)
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (0, {"date": "yesterday"}),
        (0, {"date": 5}),
        (0, {"time_zone": "../../etc/passwd\n"}),
        (0, {"seconds": 1e9}),
        (0, {"contacts": -1}),
        (0, {"more": 1}),
        (1, {"code": "lin yue"}),
        (1, {"duty": [[5, 1]]}),
        (1, {"duty": [[0, 90_000]]}),
        (1, {"duty": [["0", 1]]}),
        (1, {"duty": [[0, 1]] * 30_000}),
        (1, {"code": "wu"}),
        (3, {"at": "1.0"}),
        (3, {"at": -1}),
        (3, {"at": 90_000}),
        (3, {"at": True}),
        (3, {"channel": "Voice; drop table"}),
        (3, {"tier": "\x1b[2Jgold"}),
        (3, {"skills": {"x": 6}}),
        (3, {"skills": {"x" * 65: 1}}),
        (3, {"skills": []}),
        (3, {"rings": [{"seconds": 1, "colour": 1}]}),
        (3, {"rings": [{"seconds": 5000}]}),
        (3, {"wait": 1e30}),
        (3, {"wait": None}),
        (3, {"talk": {}}),
        (3, {"unknown": 1}),
        (3, {"at": 50.0}),
    ],
)
def test_a_wrong_field_is_refused(line: int, fields: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refused:
        day_file.load(_with(line, **fields))
    assert refused.value.code == "day.broken"


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"\n", b"{", b"[]", b"null", b"\xff\xfe", b"x" * 2_000_000, b"[" * 100_000,
        content()[:-20], b"\n".join(content().splitlines()[:-1]), content() + b"{}", content() + content(),
        content().replace(b'"at":10.5', b'"at":NaN'), content().replace(b'"at":10.5', b'"at":1e999'),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(broken: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        day_file.load(broken)
    assert refused.value.code == "day.broken"


def test_the_line_is_told_and_the_message_is_short() -> None:
    with pytest.raises(Refusal, match="line 4") as refused:
        day_file.load(_with(3, **{"x" * 5000: 1}))
    assert len(refused.value.message) < 500


def test_another_version_is_told_apart() -> None:
    with pytest.raises(Refusal) as refused:
        day_file.load(_with(0, hotline_day=2))
    assert refused.value.code == "day.other_version"


def test_a_file_that_is_too_large_is_not_read_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_file, "MOST_BYTES", 100)
    with pytest.raises(Refusal) as refused:
        day_file.load(content())
    assert refused.value.code == "day.too_large"

"""The rules of the policy, one by one: levels, relaxation, reserves, known agents, capacity, overflow, words."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import pytest

from routing.engine.explain import replay
from routing.engine.matcher import Engine
from routing.engine.policy import ANY, Order, Policy, RelaxStep, Reserves, Service, default_policy
from routing.engine.values import Decision, FreeAgent, ItemKind, KnownAgent, WaitingItem, member_of

QUEUE, OTHER = UUID(int=1), UUID(int=2)
ANN, BEN, CLEO = (UUID(int=100 + number) for number in range(3))
CALL, NEXT = UUID(int=1001), UUID(int=1002)
TARGETS = {("voice", "vip"): 10.0, ("voice", "gold"): 20.0, ("voice", "bronze"): 60.0}
BIG = Reserves(small_team=0, off_waiting=100.0)


def agent(agent_id: UUID = ANN, **values: object) -> FreeAgent:
    base = {"id": agent_id, "idle_since": 0.0, "channels": frozenset({"voice"}), "queues": member_of([QUEUE])}
    return FreeAgent(**{**base, **values})


def item(item_id: UUID = CALL, **values: object) -> WaitingItem:
    return WaitingItem(**{"id": item_id, "channel": "voice", "queue_id": QUEUE, "queued_at": 0.0, **values})


def has(**levels: int) -> frozenset[tuple[str, int]]:
    return frozenset(levels.items())


def policy(**values: object) -> Policy:
    return Policy(services=(((ANY, ANY), Service(**{"target": 100.0, **values})),), reserves=BIG)


def engine(rules: Policy | None, *things: FreeAgent | WaitingItem) -> Engine:
    made = Engine(rules)
    for thing in things:
        (made.put_item if isinstance(thing, WaitingItem) else made.put_agent)(thing)
    return made


def who(made: Engine, now: float, item_id: UUID = CALL) -> UUID | None:
    decision = made.choose_agent(item_id, now)
    return decision.agent_id if decision else None


def test_a_policy_survives_json() -> None:
    rules = replace(default_policy(("vip", "gold", "bronze"), TARGETS), reserves=replace(BIG, scarce=frozenset({"fr"})))
    assert Policy.from_json(json.loads(json.dumps(rules.as_json()))) == rules


@pytest.mark.parametrize(
    "found",
    [
        {"speed": 1},
        {"order": {"convexity": "two"}},
        {"speeds": [1, 2]},
        {"reserves": 3},
        {"reserves": {"scarce": "fr"}},
    ],
)
def test_what_is_no_policy_is_refused(found: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Policy.from_json(found)


def test_the_formula_holds_nothing_back_from_the_best_tier_and_is_steeper_for_it() -> None:
    rules = default_policy(("vip", "gold", "bronze"), TARGETS)
    vip, gold, bronze = (rules.service("voice", tier) for tier in ("vip", "gold", "bronze"))
    assert (vip.relax, vip.scarce_wait, vip.kept_idle) == ((), 0.0, 0)
    assert vip.slope > gold.slope > bronze.slope
    assert rules.service("voice", "unheard of") == bronze


def test_a_better_level_goes_before_longer_idleness() -> None:
    made = engine(
        None, agent(ANN, idle_since=1.0, skills=has(fr=2)), agent(BEN, idle_since=9.0, skills=has(fr=5)),
        item(skills=has(fr=1)),
    )  # fmt: skip
    assert who(made, 10.0) == BEN


def test_relaxation_waits_for_a_better_agent_only_while_one_is_on_duty() -> None:
    rules = policy(relax=(RelaxStep(0.1, 4), RelaxStep(0.3, 3)))
    made = engine(rules, agent(ANN, skills=has(fr=2)), item(skills=has(fr=1)))
    made.put_busy(agent(BEN, skills=has(fr=4)))
    made.put_busy(agent(CLEO, skills=has(fr=3)))

    assert who(made, 1.0) is None
    assert made.relax(1.0) == []
    assert made.next_timer() == 10.0
    assert made.relax(10.0) == [] and who(made, 10.0) is None  # open to Cleo now, who is at work
    assert "relaxation" in made.why_waiting(CALL, 10.0)["would_help"]
    made.leave(BEN)
    assert made.relax(11.0) == []
    made.leave(CLEO)
    assert made.relax(11.0) == [CALL] and who(made, 11.0) == ANN


def test_a_small_team_keeps_nobody_waiting() -> None:
    rules = replace(policy(relax=(RelaxStep(1.0, 5),), blend_wait=1.0, scarce_wait=3.0), reserves=Reserves())
    made = engine(rules, agent(ANN, skills=has(fr=2)), item(skills=has(fr=1)))
    made.put_busy(agent(BEN, skills=has(fr=5)))
    assert who(made, 0.0) == ANN


def test_the_last_speaker_of_a_scarce_skill_is_kept_for_a_while() -> None:
    rules = replace(policy(scarce_wait=0.5), reserves=replace(BIG, scarce=frozenset({"fr"})))
    made = engine(rules, agent(ANN, skills=has(en=5, fr=5)), item(skills=has(en=1)))

    assert who(made, 1.0) is None
    answer = made.why_waiting(CALL, 1.0)
    assert (answer["rejected"], answer["reserved_for"]) == ({"reserved": 1}, ["fr"])
    assert answer["opens"] == [{"at": 50.0, "opens": ["scarce_reserve"]}]
    assert answer["would_help"] == ["end_of_reserve"]
    assert made.next_timer() == 50.0
    made.put_agent(agent(BEN, skills=has(fr=3)))  # speaks it too, though he cannot serve the call
    assert made.relax(2.0) == [CALL] and who(made, 2.0) == ANN


def test_a_reserve_ends_with_time_and_in_overload() -> None:
    rules = replace(policy(scarce_wait=0.5), reserves=replace(BIG, scarce=frozenset({"fr"})))
    made = engine(rules, agent(ANN, skills=has(en=5, fr=5)), item(skills=has(en=1)))
    assert who(made, 1.0) is None
    made.tell_load(1.2)
    assert made.relax(1.0) == [CALL] and who(made, 1.0) == ANN
    made.tell_load(0.9)
    assert who(made, 49.0) is None
    assert made.relax(50.0) == [CALL] and who(made, 50.0) == ANN


def test_idle_agents_are_kept_for_better_tiers() -> None:
    bronze = Service(target=60.0, kept_idle=1, kept_wait=0.5)
    rules = Policy(services=((("voice", "vip"), Service(target=10.0)), ((ANY, ANY), bronze)), reserves=BIG)
    made = engine(rules, agent(skills=has(en=3)), item(skills=has(en=1)), item(NEXT, skills=has(en=1), tier="vip"))
    assert who(made, 1.0) is None
    assert who(made, 1.0, NEXT) == ANN
    made.put_agent(agent(BEN, idle_since=1.0, skills=has(en=3)))
    assert who(made, 1.0) is not None


def test_a_known_agent_is_waited_for_while_he_is_on_duty() -> None:
    known = (KnownAgent(ANN, until=20.0), KnownAgent(CLEO, until=30.0, anywhere=True))
    made = engine(None, agent(BEN), item(known=known))
    assert who(made, 0.0) == BEN
    made.put_busy(agent(ANN))
    assert who(made, 1.0) is None
    assert made.why_waiting(CALL, 1.0)["known"] == [{"agent": str(ANN), "until": 20.0}]
    assert made.choose_item(BEN, 1.0) is None
    assert made.relax(20.0) == [CALL] and who(made, 20.0) == BEN
    made.put_agent(agent(CLEO, queues=member_of([OTHER])))
    decision = made.choose_agent(CALL, 21.0)
    assert decision is not None and decision.agent_id == CLEO and decision.explanation["known"]
    assert replay(decision.explanation) == (CALL, CLEO)


def test_who_is_demanded_serves_whatever_his_queues_and_nobody_else() -> None:
    made = engine(None, agent(BEN), agent(ANN, queues=member_of([OTHER])), item(demanded=frozenset({ANN})))
    assert made.choose_item(BEN, 1.0) is None
    assert who(made, 1.0) == ANN
    assert made.fitting_agents(CALL, 1.0) == [ANN]


def test_overflow_opens_an_item_to_members_of_another_queue() -> None:
    made = engine(None, agent(queues=member_of([OTHER])), item())
    assert who(made, 1.0) is None
    assert made.why_waiting(CALL, 1.0)["would_help"] == ["somebody_with_the_skills"]
    made.put_item(item(also=frozenset({OTHER})))
    assert who(made, 1.0) == ANN


def test_the_first_duty_goes_before_the_second() -> None:
    queues = frozenset({(QUEUE, 2), (OTHER, 1)})
    made = engine(None, agent(ANN, queues=queues), agent(BEN, idle_since=5.0), item())
    assert who(made, 9.0) == BEN
    made = engine(None, agent(ANN, queues=queues), item(), item(NEXT, queue_id=OTHER, queued_at=1.0))
    decision = made.choose_item(ANN, 50.0)
    assert decision is not None and decision.item_id == NEXT


@pytest.mark.parametrize(
    ("load", "interruptible", "takes"),
    [
        ((), (), {"voice", "chat", "email"}),
        ((("voice", 1),), (), set()),
        ((("chat", 2),), (), {"chat", "email"}),
        ((("chat", 3),), (), set()),
        ((("chat", 1), ("email", 2)), (), set()),
        ((("email", 3),), (("email", 3),), {"voice", "chat", "email"}),
        ((("chat", 1), ("email", 2)), (("email", 2),), {"chat", "email"}),
    ],
)
def test_capacity_is_one_call_or_a_mix(load: object, interruptible: object, takes: set[str]) -> None:
    channels = frozenset({"voice", "chat", "email"})
    for channel in sorted(channels):
        made = engine(None, item(channel=channel))
        made.put_agent(agent(channels=channels, load=load, interruptible=interruptible))
        assert (who(made, 1.0) == ANN) == (channel in takes), channel


def test_past_the_cap_the_oldest_goes_first_and_follow_ups_never_do() -> None:
    rules = policy(cap=60.0, slope=1.0)
    vip = (("voice", "vip"), Service(target=10.0, slope=50.0, head_start=500.0, cap=60.0))
    made = engine(
        replace(rules, services=(vip, *rules.services)), agent(), item(queued_at=0.0),
        item(NEXT, queued_at=20.0, tier="vip"), item(UUID(int=1003), queued_at=-900.0, kind=ItemKind.FOLLOW_UP),
    )  # fmt: skip
    order = [(made.choose_item(ANN, now), now) for now in (59.0, 60.0)]
    assert [decision.item_id for decision, _ in order if decision] == [NEXT, CALL]


@pytest.mark.parametrize("convexity", [1.0, 2.0])
def test_a_steeper_tier_overtakes_while_nothing_else_happens(convexity: float) -> None:
    tiers = {"vip": Service(target=50.0, slope=3.0, cap=400.0), "bronze": Service(target=50.0, slope=1.0, cap=200.0)}
    rules = Policy(
        services=tuple((("voice", tier), service) for tier, service in tiers.items()), order=Order(convexity=convexity)
    )
    made = engine(rules, agent(), item(tier="bronze"), item(NEXT, queued_at=40.0, tier="vip"))
    crossing = 60.0 if convexity == 1.0 else 40.0 / (1.0 - 3.0**-0.5)

    found = [made.choose_item(ANN, now) for now in (41.0, crossing - 0.01, crossing + 0.01, 199.0, 200.0, 441.0)]

    order = [decision.item_id for decision in found if decision]
    assert order == [CALL, CALL, NEXT, NEXT, CALL, CALL]


def test_a_message_leaves_agents_for_calls_alone_at_first() -> None:
    both = frozenset({"voice", "chat"})
    rules = policy(blend_wait=0.2)
    made = engine(rules, agent(ANN, channels=both), item(channel="chat"))
    made.put_busy(agent(BEN, channels=frozenset({"chat"})))
    assert who(made, 1.0) is None
    assert made.relax(20.0) == [CALL] and who(made, 20.0) == ANN
    made.put_agent(agent(ANN, channels=both, load=(("chat", 1),)))
    made.put_item(item(NEXT, channel="chat", queued_at=20.0))
    assert who(made, 20.0, NEXT) == ANN


def test_who_worked_more_than_his_like_rests() -> None:
    made = engine(
        None, agent(ANN, occupancy=0.9, group="a"), agent(BEN, idle_since=5.0, occupancy=0.6, group="a"), item()
    )
    assert who(made, 9.0) == BEN


def test_another_policy_holds_for_those_who_wait_already() -> None:
    made = engine(policy(relax=(RelaxStep(1.0, 5),)), agent(ANN, skills=has(fr=1)), item(skills=has(fr=1)))
    made.put_busy(agent(BEN, skills=has(fr=5)))
    assert who(made, 1.0) is None
    made.set_policy(policy(), 2.0)
    assert made.relax(2.0) == [CALL] and who(made, 2.0) == ANN


@pytest.mark.parametrize("convexity", [1.0, 2.0])
def test_every_record_is_decided_again_alike_even_as_json(convexity: float) -> None:
    rules = replace(default_policy(("vip", "gold", "bronze"), TARGETS), order=Order(convexity=convexity))
    made = engine(rules, *(agent(UUID(int=100 + n), idle_since=n / 3, occupancy=n / 7) for n in range(7)))
    for n in range(7):
        made.put_item(item(UUID(int=1000 + n), queued_at=n / 3, tier=("vip", "gold", "bronze")[n % 3]))
    found: list[Decision | None] = [made.choose_agent(UUID(int=1000 + n), 9.1) for n in range(7)]
    found += [made.choose_item(UUID(int=100 + n), 9.1) for n in range(7)]
    for decision in found:
        assert decision is not None
        record = json.loads(json.dumps(decision.explanation))
        assert replay(record) == (decision.item_id, decision.agent_id)
        assert len(record["considered"]) <= 5 and record["candidates"] == 7


def test_why_nobody_comes() -> None:
    made = engine(None, item(skills=has(fr=3)))
    assert made.why_waiting(NEXT, 1.0) == {}
    assert made.why_waiting(CALL, 1.0)["would_help"] == ["somebody_with_the_skills"]
    made.put_busy(agent(ANN, skills=has(fr=4)))
    assert made.why_waiting(CALL, 1.0)["would_help"] == ["a_free_agent"]
    made.put_agent(agent(BEN, skills=has(fr=2)))
    made.put_agent(agent(CLEO, queues=member_of([OTHER]), skills=has(fr=5)))
    assert made.why_waiting(CALL, 1.0)["rejected"] == {"not_in_queue": 1, "skill": 1}
    made.put_item(item(skills=has(fr=3), excluded=frozenset({ANN})))
    made.put_agent(agent(ANN, skills=has(fr=4)))
    answer = made.why_waiting(CALL, 1.0)
    assert (answer["rejected"]["excluded"], answer["would_help"]) == (1, ["another_agent"])


def test_who_is_excluded_by_the_first_gets_one_that_was_put_late_into_the_line() -> None:
    first, last, late = (UUID(int=2000 + number) for number in (1, 3, 2))
    made = engine(
        policy(), agent(), item(first, excluded=frozenset({ANN})), item(last, queued_at=1.0, excluded=frozenset({ANN}))
    )
    assert made.choose_item(ANN, 2.0) is None
    made.put_item(item(late, queued_at=1.0))
    decision = made.choose_item(ANN, 2.0)
    assert decision is not None and decision.item_id == late


@pytest.mark.parametrize(("limit", "most"), [(2, 2), (3, 3), (7, 7)])
def test_an_agents_own_limit_is_how_many_he_holds(limit: int, most: int) -> None:
    held, made = 0, engine(None)
    while held < 20:
        load = (("chat", held),) if held else ()
        made.put_agent(agent(channels=frozenset({"chat"}), limits=(("chat", limit),), load=load))
        made.put_item(item(channel="chat"))
        if who(made, 0.0) is None:
            break
        held += 1
    assert held == most

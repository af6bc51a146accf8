"""From routing's values to the answer on the wire. Pure."""

from __future__ import annotations

from agent_desk.explanation_bodies import (
    CandidateView,
    CostTerm,
    Count,
    DecisionRecord,
    DecisionView,
    KeptFor,
    OpeningView,
    RivalView,
    SkillAsked,
    WaitingWhy,
    Why,
)
from agent_desk.explanation_names import Names
from agent_desk.ownership import Asker
from routing.explanation import Candidate, Counts, Explained, Levels, Rival
from routing.explanation_reads import Offer, Subject
from routing.waiting import Kept, Opening, Waiting


def why_view(subject: Subject, offers: list[Offer], waiting: Waiting | None, names: Names, asker: Asker) -> Why:
    """The whole answer, as far as the asker may see it: of a decision agents see themselves and figures."""
    return Why(
        interaction_id=subject.id,
        version=subject.version,
        state=subject.state,
        queue=names.queue,
        decisions=[_decision(subject, offer, names, asker) for offer in offers],
        waiting=_waiting(waiting, names) if waiting else None,
    )


def _decision(subject: Subject, offer: Offer, names: Names, asker: Asker) -> DecisionView:
    mine = asker.sees_all or offer.agent_id == asker.agent_id
    return DecisionView(
        reservation_id=offer.reservation_id,
        agent_id=offer.agent_id,
        agent_name=names.agents.get(offer.agent_id, ""),
        state=offer.state,
        together=offer.together,
        at=offer.created_at,
        decided_at=offer.decided_at,
        record=_record(subject, offer.record, names, asker) if offer.record and mine else None,
    )


def _record(subject: Subject, record: Explained, names: Names, asker: Asker) -> DecisionRecord:
    agents = [_candidate(record, each, names) for each in record.agents]
    items = [_rival(record, each, names) for each in record.items]
    return DecisionRecord(
        trigger=record.trigger.value, reasons=[_reason(subject, record, code) for code in record.reasons],
        policy=record.policy, policy_version=record.policy_version, tier=record.tier,
        waited_seconds=record.waited_seconds, target_seconds=record.target_seconds, idle_seconds=record.idle_seconds,
        skills=_skills(record.skills, names), preferred=_skills(record.preferred, names), candidates=record.candidates,
        agents=[each for each in agents if each.chosen or asker.sees_all],
        items=[each for each in items if each.chosen or asker.sees_all],
        rejected=_counts(record.rejected), replays=record.replays,
    )  # fmt: skip


def _reason(subject: Subject, record: Explained, code: str) -> str:
    """A known agent is the account manager or who served last, where that can still be told."""
    if code == "known" and record.agent_id == subject.owner_id:
        return "account_manager"
    return "last_agent" if code == "known" and record.agent_id == subject.last_agent_id else code


def _candidate(record: Explained, found: Candidate, names: Names) -> CandidateView:
    return CandidateView(
        agent_id=found.agent_id,
        name=names.agents.get(found.agent_id, ""),
        chosen=found.agent_id == record.agent_id,
        cost=found.cost,
        terms=[CostTerm(code=code, cost=cost) for code, cost in found.terms],
        idle_seconds=found.idle_seconds,
    )


def _rival(record: Explained, found: Rival, names: Names) -> RivalView:
    return RivalView(
        interaction_id=found.interaction_id,
        customer_name=names.customers.get(found.interaction_id, ""),
        chosen=found.interaction_id == record.interaction_id,
        waited_seconds=found.waited_seconds,
        urgency=found.urgency,
        boost=found.boost,
        past_cap=found.past_cap,
    )


def _waiting(found: Waiting, names: Names) -> WaitingWhy:
    return WaitingWhy(
        at=found.at, would_help=list(found.would_help), policy=found.policy, policy_version=found.policy_version,
        waited_seconds=found.waited_seconds, target_seconds=found.target_seconds, past_cap=found.past_cap,
        on_duty=found.on_duty, free=found.free, could_serve=found.could_serve,
        could_serve_and_free=found.could_serve_and_free, waiting_alike=found.waiting_alike,
        rejected=_counts(found.rejected), reserved_for=[names.skill(code) for code in found.reserved_for],
        skills=_skills(found.skills, names), preferred=_skills(found.preferred, names),
        kept_for=[_kept(each, names) for each in found.kept_for], opens=[_opening(each) for each in found.opens],
    )  # fmt: skip


def _kept(found: Kept, names: Names) -> KeptFor:
    return KeptFor(agent_id=found.agent_id, name=names.agents.get(found.agent_id, ""), until=found.until)


def _opening(found: Opening) -> OpeningView:
    return OpeningView(at=found.at, opens=list(found.opens), minimum_level=found.minimum_level)


def _skills(found: Levels, names: Names) -> list[SkillAsked]:
    return [SkillAsked(code=code, level=level, name=names.skill(code)) for code, level in found]


def _counts(found: Counts) -> list[Count]:
    return [Count(reason=reason, count=count) for reason, count in found]

"""From YAML to a configuration; every problem is reported with its line, not only the first. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core import yaml_tree
from core.interaction import Channel
from core.yaml_tree import DocumentInvalid, Mapping, Scalar, Sequence, Tree
from routing.configuration import read_hours
from routing.configuration.model import (
    ANY_GRADE,
    GRADES,
    Action,
    Agent,
    Announce,
    Company,
    Configuration,
    Dial,
    Diversion,
    Levels,
    Name,
    Overflow,
    OverflowKind,
    Policies,
    Queue,
    RingStrategy,
    Said,
    ServicePolicy,
)
from routing.configuration.plain import SECTIONS
from routing.configuration.read_tuning import read_tuning
from routing.configuration.source import LIMITS, NOUN, ConfigurationInvalid, Lines, SectionReader

CHANNELS = tuple(channel.value for channel in Channel)
_DAY_SECONDS = 86_400
_MOST_AT_ONCE = 50
LONGEST_MESSAGE = 500
_OVERFLOW_KEYS = {
    "after_seconds": OverflowKind.WAIT,
    "when_estimate_over_seconds": OverflowKind.ESTIMATE,
    "when_length_over": OverflowKind.LENGTH,
}
_QUEUE_KEYS = (
    "skills", "preferred", "priority", "target_seconds", "targets", "ring_seconds", "ring", "wrap_up_seconds", "hours",
    "closed", "full", "overflow", "callback", "announce",
)  # fmt: skip
_CALLBACK_KEYS = ("after_seconds", "when_estimate_over_seconds", "attempts", "pause_seconds", "dial")
_ANNOUNCE_KEYS = ("after_seconds", "every_seconds", "say")
_FULL_KEYS = ("length", "when_estimate_over_seconds")
_STAY, _LEAVE = "stay", "leave"
_POLICY_KEYS = (
    "weight", "head_start_seconds", "target_factor", "account_manager_first_seconds", "last_agent_first_seconds",
)  # fmt: skip


def read(text: str, time_zone: str) -> tuple[Configuration, Lines]:
    """The sections of a file and where their parts stand; ``time_zone``: the company's, unless the file names it.

    Raises ConfigurationInvalid. Whether names exist is for ``check`` to say.
    """
    try:
        tree = yaml_tree.read_tree(text, NOUN, LIMITS)
    except DocumentInvalid as refused:
        raise ConfigurationInvalid(refused.problems) from None
    reader = _Reader()
    found = reader.configuration(tree, time_zone)
    if reader.problems:
        raise ConfigurationInvalid(reader.problems)
    return found, reader.lines


class _Callback(NamedTuple):
    after: int | None
    estimate: int | None
    attempts: int
    pause: int
    dial: Dial


class _Reader(SectionReader):
    def configuration(self, tree: Tree, zone: str) -> Configuration:
        fields = self.fields(tree, optional=SECTIONS)
        self.note_keys(tree)
        if not fields:
            self.problem(tree.line, "empty", f"none of the sections {', '.join(SECTIONS)} is here")
        company = self._company(fields["company"]) if "company" in fields else None
        hours = read_hours.ScheduleReader(self, company.time_zone if company else zone)
        return Configuration(
            company=company,
            skills=self.table(fields["skills"], self._skill, self.code) if "skills" in fields else None,
            schedules=self.table(fields["schedules"], hours.schedule, self.code) if "schedules" in fields else None,
            queues=self.table(fields["queues"], self._queue, self.code) if "queues" in fields else None,
            agents=self.table(fields["agents"], self._agent, self.code) if "agents" in fields else None,
            policies=self._policies(fields["policies"]) if "policies" in fields else None,
            tuning=read_tuning(self, fields["tuning"]) if "tuning" in fields else None,
        )

    def _company(self, tree: Tree) -> Company:
        fields = self.fields(tree, required=("name", "time_zone"))
        return Company(
            name=self.title(fields.get("name")),
            time_zone=read_hours.time_zone(self, fields["time_zone"]) if "time_zone" in fields else "UTC",
        )

    def _name(self, tree: Tree | None) -> Name:
        if isinstance(tree, Scalar):
            text = self.title(tree)
            return Name(text, text)
        fields = self.fields(tree, required=("en", "zh"))
        words = {key: self.title(value) for key, value in fields.items()}
        return Name(words.get("en", ""), words.get("zh", ""))

    def _skill(self, key: Scalar, tree: Tree) -> Name:
        self.lines.note(key.line, "skills", key.text)
        return self._name(tree)

    # -- queues ----------------------------------------------------------------------------------

    def _queue(self, key: Scalar, tree: Tree) -> Queue:
        place = ("queues", key.text)
        self.lines.note(key.line, *place)
        fields = self.fields(tree, required=("name",), optional=_QUEUE_KEYS)
        self.note_keys(tree, *place)
        closed, closed_waiting = self._closed(fields.get("closed"))
        length, full_estimate, full = self._full(fields.get("full"))
        callback = self._callback(fields.get("callback"))
        rules = self.items(fields.get("overflow"), 20)
        return Queue(
            name=self._name(fields.get("name")),
            skills=self._levels(fields.get("skills"), *place, "skills"),
            preferred=self._levels(fields.get("preferred"), *place, "preferred"),
            priority=self.number(fields.get("priority"), 0, _DAY_SECONDS, default=0),
            target_seconds=self.number(fields.get("target_seconds"), 1, 30 * _DAY_SECONDS, default=20),
            targets=self._channels(fields.get("targets"), 1, 30 * _DAY_SECONDS),
            ring_seconds=self.number(fields.get("ring_seconds"), 3, 120, default=20),
            ring=RingStrategy(self.choice(fields["ring"], ("best", "all")) if "ring" in fields else "best"),
            wrap_up_seconds=self.number(fields.get("wrap_up_seconds"), 0, 3600, default=30),
            hours=self.code(fields["hours"]) if "hours" in fields else None,
            closed=closed,
            closed_waiting=closed_waiting,
            full_length=length,
            full_estimate_seconds=full_estimate,
            full=full,
            announce=self._announce(fields["announce"]) if "announce" in fields else None,
            overflow=tuple(self._overflow(rule, *place, "overflow", at) for at, rule in enumerate(rules)),
            callback_after_seconds=callback.after,
            callback_estimate_seconds=callback.estimate,
            callback_attempts=callback.attempts,
            callback_pause_seconds=callback.pause,
            callback_dial=callback.dial,
        )

    def _levels(self, tree: Tree | None, *path: str) -> Levels:
        return self.counts(tree, 1, 5, *path)

    def _channels(self, tree: Tree | None, low: int, high: int) -> dict[str, int]:
        def check(key: Scalar) -> str:
            return self.choice(key, CHANNELS)

        return self.table(tree, lambda _key, value: self.number(value, low, high, default=low), check_key=check)

    def _diversion(self, tree: Tree, extra: tuple[str, ...] = ()) -> Diversion:
        fields = self.fields(tree, required=("then",), optional=("to", "message", *extra))
        action = Action(self.choice(fields["then"], tuple(Action)) if "then" in fields else Action.MESSAGE)
        to = self.code(fields["to"]) if "to" in fields else None
        if (action is Action.QUEUE) != (to is not None):
            self.problem(tree.line, "missing_key", "'to' names a queue exactly when 'then' is 'queue'")
        if action is Action.QUEUE and "message" in fields:
            self.problem(fields["message"].line, "no_message", "nobody hears a message who goes to another queue")
        return Diversion(action, to, self._message(fields["message"]) if "message" in fields else None)

    def _message(self, tree: Tree) -> Name:
        """What is said, in every language that callers hear."""
        fields = self.fields(tree, required=("en", "zh"))
        words = {key: self._words(value) for key, value in fields.items()}
        return Name(words.get("en", ""), words.get("zh", ""))

    def _words(self, tree: Tree) -> str:
        text = " ".join(tree.text.split()) if isinstance(tree, Scalar) else ""
        if not 1 <= len(text) <= LONGEST_MESSAGE or not text.isprintable():
            self.problem(
                tree.line, "not_text", f"a text to be said, of at most {LONGEST_MESSAGE} characters, is expected"
            )
            return ""
        return text

    def _closed(self, tree: Tree | None) -> tuple[Diversion, bool]:
        if tree is None:
            return Diversion(), False
        waiting = tree.entries.get("waiting") if isinstance(tree, Mapping) else None
        leaves = waiting is not None and self.choice(waiting[1], (_STAY, _LEAVE)) == _LEAVE
        return self._diversion(tree, extra=("waiting",)), leaves

    def _full(self, tree: Tree | None) -> tuple[int | None, int | None, Diversion]:
        if tree is None:
            return None, None, Diversion()
        diversion = self._diversion(tree, extra=_FULL_KEYS)
        entries = tree.entries if isinstance(tree, Mapping) else {}
        length, estimate = (entries.get(key) for key in _FULL_KEYS)
        if length is None and estimate is None:
            self.problem(tree.line, "missing_key", f"one of {', '.join(_FULL_KEYS)} is expected, or both")
        return (
            None if length is None else self.number(length[1], 1, 1_000_000, default=1),
            None if estimate is None else self.number(estimate[1], 1, _DAY_SECONDS, default=1),
            diversion,
        )

    def _announce(self, tree: Tree) -> Announce:
        fields = self.fields(tree, optional=_ANNOUNCE_KEYS)
        words = (Said.BOTH, Said.POSITION, Said.WAIT)
        return Announce(
            after_seconds=self.number(fields.get("after_seconds"), 5, 3600, default=20),
            every_seconds=self.number(fields.get("every_seconds"), 20, 3600, default=60),
            say=Said(self.choice(fields["say"], words)) if "say" in fields else Said.BOTH,
        )

    def _overflow(self, tree: Tree, *path: str | int) -> Overflow:
        self.lines.note(tree.line, *path)
        fields = self.fields(tree, required=("to",), optional=tuple(_OVERFLOW_KEYS))
        conditions = [key for key in _OVERFLOW_KEYS if key in fields]
        if len(conditions) != 1:
            self.problem(tree.line, "missing_key", f"exactly one of {', '.join(_OVERFLOW_KEYS)} is expected")
        to = self.code(fields["to"]) if "to" in fields else ""
        if not conditions:
            return Overflow(to, OverflowKind.WAIT, 0)
        return Overflow(to, _OVERFLOW_KEYS[conditions[0]], self.number(fields[conditions[0]], 0, 1_000_000, default=0))

    def _callback(self, tree: Tree | None) -> _Callback:
        fields = self.fields(tree, optional=_CALLBACK_KEYS)
        after, estimate = fields.get("after_seconds"), fields.get("when_estimate_over_seconds")
        return _Callback(
            None if after is None else self.number(after, 0, _DAY_SECONDS, default=0),
            None if estimate is None else self.number(estimate, 1, _DAY_SECONDS, default=1),
            self.number(fields.get("attempts"), 1, 20, default=3),
            self.number(fields.get("pause_seconds"), 10, _DAY_SECONDS, default=300),
            Dial(self.choice(fields["dial"], tuple(Dial))) if "dial" in fields else Dial.AGENT_FIRST,
        )

    # -- agents and policies ---------------------------------------------------------------------

    def _agent(self, key: Scalar, tree: Tree) -> Agent:
        place = ("agents", key.text)
        self.lines.note(key.line, *place)
        fields = self.fields(tree, required=("name",), optional=("team", "capacity", "skills", "queues"))
        capacity = fields.get("capacity")
        return Agent(
            name=self.title(fields.get("name")),
            team=self.title(fields.get("team")),
            capacity={"voice": 1} if capacity is None else self._capacity(capacity),
            skills=self._levels(fields.get("skills"), *place, "skills"),
            queues=self._memberships(fields.get("queues"), *place, "queues"),
        )

    def _capacity(self, tree: Tree) -> dict[str, int]:
        found = self._channels(tree, 0, _MOST_AT_ONCE)
        if found.get("voice", 0) > 1:
            self.problem(tree.line, "out_of_range", "an agent takes one call at once: voice is 0 or 1")
        return {channel: count for channel, count in found.items() if count}

    def _memberships(self, tree: Tree | None, *path: str) -> dict[str, int]:
        if not isinstance(tree, Sequence):
            return self.counts(tree, 1, 9, *path)
        found: dict[str, int] = {}
        for item in self.items(tree, self.most_entries):
            queue = self.code(item)
            if queue in found:
                self.problem(item.line, "duplicate_key", f"{queue!r:.60} stands here twice")
            self.lines.note(item.line, *path, queue)
            found[queue] = 1
        return found

    def _policies(self, tree: Tree) -> Policies:
        return self.table(tree, self._tier, self.code)

    def _tier(self, key: Scalar, tree: Tree) -> dict[str, ServicePolicy]:
        self.lines.note(key.line, "policies", key.text)

        def grade(name: Scalar) -> str:
            return self.choice(name, GRADES)

        grades = self.table(tree, lambda name, value: self._policy(key.text, name, value), check_key=grade)
        if ANY_GRADE not in grades:
            self.problem(key.line, "missing_key", f"'any' is missing: what {key.text!r:.60} gets without a grade")
        return grades

    def _policy(self, tier: str, grade: Scalar, tree: Tree) -> ServicePolicy:
        self.lines.note(grade.line, "policies", tier, grade.text)
        fields = self.fields(tree, optional=_POLICY_KEYS)
        start = fields.get("head_start_seconds")
        return ServicePolicy(
            weight=self.decimal(fields.get("weight"), None),
            head_start_seconds=None if start is None else self.number(start, 0, _DAY_SECONDS, default=0),
            target_factor=self.decimal(fields.get("target_factor"), None) or Decimal(1),
            account_manager_first_seconds=self.number(
                fields.get("account_manager_first_seconds"), 0, _DAY_SECONDS, default=0
            ),
            last_agent_first_seconds=self.number(fields.get("last_agent_first_seconds"), 0, _DAY_SECONDS, default=0),
        )

"""What a configuration must keep beyond its form: names that exist, queues that somebody serves, no circles. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.yaml_tree import Problem
from routing.configuration.model import Agent, Levels, Queue, Whole
from routing.configuration.source import NOUN, Lines


@dataclass(frozen=True, slots=True)
class InUse:
    """What stands outside of the configuration and relies on it: who does, by code."""

    queues: Mapping[str, str] = field(default_factory=dict)
    """Queue code to the number or menu that leads there."""
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill code to how many waiting interactions ask for it themselves."""


def check(wanted: Whole, live: Whole, lines: Lines, in_use: InUse) -> list[Problem]:
    """All problems: names first, since the rest makes no sense while one leads nowhere."""
    names = [*_unknown_names(wanted, lines), *_still_in_use(wanted, live, lines, in_use)]
    return names or [*_circles(wanted, lines), *_never_open(wanted, lines), *_stranded(wanted, live, lines)]


def already_stranded(wanted: Whole, live: Whole) -> list[str]:
    """Queues that nobody can serve now and nobody could before: for a word of warning."""
    return [code for code in wanted.queues if is_stranded(wanted, code) and _was_stranded(live, code)]


def is_stranded(whole: Whole, queue: str) -> bool:
    """Whether no member of a queue has its skills, or can take anything at all."""
    required = whole.queues[queue].skills
    return not any(
        queue in agent.queues and agent.capacity and has_skills(agent, required) for agent in whole.agents.values()
    )


def has_skills(agent: Agent, required: Levels) -> bool:
    """Whether an agent has every skill at its level."""
    return all(agent.skills.get(code, 0) >= level for code, level in required.items())


def _problem(lines: Lines, code: str, message: str, *path: str | int) -> Problem:
    return Problem(lines.at(*path), f"{NOUN}.{code}", message)


def _unknown_names(wanted: Whole, lines: Lines) -> Iterator[Problem]:
    for code, queue in wanted.queues.items():
        place = ("queues", code)
        yield from _unknown_skills(wanted, lines, queue.skills, f"queue {code!r} asks for", *place, "skills")
        yield from _unknown_skills(wanted, lines, queue.preferred, f"queue {code!r} prefers", *place, "preferred")
        yield from _unknown_targets(wanted, lines, code, queue)
        if queue.hours is not None and queue.hours not in wanted.schedules:
            text = f"queue {code!r} keeps the hours {queue.hours!r}, which is no schedule"
            yield _problem(lines, "unknown_schedule", text, *place, "hours")
    for code, agent in wanted.agents.items():
        yield from _unknown_skills(wanted, lines, agent.skills, f"agent {code!r} has", "agents", code, "skills")
        for queue_code in agent.queues:
            if queue_code not in wanted.queues:
                text = f"agent {code!r} is a member of {queue_code!r}, which is no queue"
                yield _problem(lines, "unknown_queue", text, "agents", code, "queues", queue_code)


def _unknown_skills(wanted: Whole, lines: Lines, levels: Levels, who: str, *path: str) -> Iterator[Problem]:
    for skill in levels:
        if skill not in wanted.skills:
            yield _problem(lines, "unknown_skill", f"{who} {skill!r}, which is no skill", *path, skill)


def _unknown_targets(wanted: Whole, lines: Lines, code: str, queue: Queue) -> Iterator[Problem]:
    for kind, to, place in _ways(queue):
        if to == code:
            yield _problem(lines, "circle", f"queue {code!r} leads to itself ({kind})", "queues", code, *place)
        elif to not in wanted.queues:
            text = f"queue {code!r} leads to {to!r} ({kind}), which is no queue"
            yield _problem(lines, "unknown_queue", text, "queues", code, *place)


def _ways(queue: Queue) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """Where a queue leads: kind, target, where in the queue that stands."""
    for at, rule in enumerate(queue.overflow):
        yield "overflow", rule.to, ("overflow", at)
    for name, diversion in (("closed", queue.closed), ("full", queue.full)):
        if diversion.to is not None:
            yield name, diversion.to, (name,)


def _still_in_use(wanted: Whole, live: Whole, lines: Lines, in_use: InUse) -> Iterator[Problem]:
    for code in live.queues.keys() - wanted.queues.keys():
        if code in in_use.queues:
            text = f"queue {code!r} cannot be left out: {in_use.queues[code]} leads there"
            yield _problem(lines, "queue_in_use", text, "queues")
    for code in live.skills.keys() - wanted.skills.keys():
        if code in in_use.skills:
            text = f"skill {code!r} cannot be left out: {in_use.skills[code]} waiting interactions ask for it"
            yield _problem(lines, "skill_in_use", text, "skills")


def _circles(wanted: Whole, lines: Lines) -> Iterator[Problem]:
    """Overflow must end somewhere; and whoever is sent on because of closing or fullness must not come back."""
    for kinds, word in (({"overflow"}, "overflow"), ({"closed", "full"}, "closed or full")):
        edges = {
            code: [(to, place) for kind, to, place in _ways(queue) if kind in kinds]
            for code, queue in wanted.queues.items()
        }
        for circle, place in _find_circles(edges):
            text = f"{word} runs in a circle: {' -> '.join(circle)}"
            yield _problem(lines, "circle", text, "queues", circle[-2], *place)


Place = tuple[str | int, ...]


def _find_circles(edges: Mapping[str, list[tuple[str, Place]]]) -> Iterator[tuple[list[str], Place]]:
    """Each edge that closes a circle, with the circle from its first queue back to it."""
    done: set[str] = set()
    for first in edges:
        way: list[str] = [first]
        todo = [iter(edges[first] if first not in done else ())]
        while todo:
            step = next(todo[-1], None)
            if step is None:
                todo.pop()
                done.add(way.pop())
            elif step[0] in way:
                yield [*way[way.index(step[0]) :], step[0]], step[1]
            elif step[0] not in done:
                way.append(step[0])
                todo.append(iter(edges[step[0]]))


def _never_open(wanted: Whole, lines: Lines) -> Iterator[Problem]:
    for code, schedule in wanted.schedules.items():
        on_holidays = schedule.holidays.spans if schedule.holidays else ()
        if not any(schedule.weekly) and not any(schedule.special_days.values()) and not on_holidays:
            yield _problem(lines, "never_open", f"schedule {code!r} never opens", "schedules", code)


def _stranded(wanted: Whole, live: Whole, lines: Lines) -> Iterator[Problem]:
    for code, queue in wanted.queues.items():
        if is_stranded(wanted, code) and not _was_stranded(live, code):
            yield Problem(_line_of_stranding(lines, code), f"{NOUN}.stranded_queue", _why(wanted, code, queue))


def _was_stranded(live: Whole, code: str) -> bool:
    return code in live.queues and is_stranded(live, code)


def _line_of_stranding(lines: Lines, code: str) -> int:
    """The queue's demands, where the file has them; else the members that it names."""
    if lines.has("queues", code):
        return lines.at("queues", code, "skills")
    return lines.at("agents") if lines.has("agents") else lines.at("queues")


def _why(wanted: Whole, code: str, queue: Queue) -> str:
    members = [agent for agent in wanted.agents.values() if code in agent.queues]
    if not members:
        return f"queue {code!r} is stranded: no agent is a member"
    lacking = [
        f"{skill} {level} (best: {max(agent.skills.get(skill, 0) for agent in members) or 'nobody has it'})"
        for skill, level in queue.skills.items()
        if all(agent.skills.get(skill, 0) < level for agent in members)
    ]
    asked = ", ".join(lacking) or " with ".join(f"{skill} {level}" for skill, level in queue.skills.items())
    return f"queue {code!r} is stranded: none of its {len(members)} members has {asked or 'room for anything'}"

"""The page of the benchmark: what was measured, in tables; misses are said like the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from routing.simulation.catalogue import REFERENCE
from routing.simulation.erlang import erlang_a
from routing.simulation.goals import Goal, difference, goals, goals_when_hard, summary
from routing.simulation.intervals import interval
from routing.simulation.picture import Bar, Line, bars, dots, lines
from routing.simulation.plan import (
    FEWER,
    LOADS,
    POOL_HANDLE,
    POOL_PATIENCE,
    POOL_PER_HOUR,
    POOLS,
    PRODUCT,
    RULES,
    Results,
)
from routing.simulation.world import TIERS

_SHOWN = (REFERENCE, "strict", "weight_penalty", "callcenter_tuned", "bullseye", "connect", PRODUCT, "p4_fifo")
_SHORT = {
    REFERENCE: "FIFO", "strict": "strict priority", "weight_penalty": "weight + penalty",
    "callcenter_tuned": "mod_callcenter, tuned", "bullseye": "bullseye", "connect": "criteria steps",
    PRODUCT: "Hotline", "p4_fifo": "bound P4",
}  # fmt: skip


def document(results: Results) -> str:
    """The page, in Markdown."""
    days = len(results.series("day", REFERENCE, "sl"))
    parts = [
        _INTRODUCTION.format(days=days),
        _goals("## Goals", goals(results)),
        "## The day\n\n![Service level by tier](routing-quality-tiers.svg)\n",
        _day(results),
        "![Mean wait and abandonment](routing-quality-wait.svg)\n",
        _differences(results),
        "## Other days\n\n![Service level of the best tier by load](routing-quality-load.svg)\n",
        _others(results),
        _goals("### The goals on days with missed rings, breaks, transfers and second calls", goals_when_hard(results)),
        _HARD.format(
            bound=results.mean("hard", "p4_strict", "sl_vip"), heard=results.mean("hard", PRODUCT, "sl_vip_heard")
        ),
        _fewer(results),
        _exact(results),
        _END,
        f"```\nRESULT routing-quality {summary(results).line}\n```\n",
    ]
    return "\n".join(parts)


def pictures(results: Results) -> dict[str, str]:
    """File names and SVG."""
    tiers = [(_SHORT[rule], [results.mean("day", rule, f"sl_{tier}") for tier in TIERS]) for rule in _SHOWN]
    waits = [
        Bar(_SHORT[rule], results.mean("day", rule, "mean"), results.mean("day", rule, "abandoned"), rule == PRODUCT)
        for rule in _SHOWN
    ]
    loads = [
        Line(_SHORT[rule], [results.mean(f"load_{load}", rule, "sl_vip") for load in LOADS], rule == PRODUCT)
        for rule in (REFERENCE, "strict", "weight_penalty", PRODUCT)
    ]
    return {
        "routing-quality-tiers.svg": dots("Calls answered in target, by tier (%)", TIERS, tiers, "Hotline"),
        "routing-quality-wait.svg": bars("Mean wait of calls, and share that gave up", waits, ("s", "%")),
        "routing-quality-load.svg": lines(
            "Best tier answered in 10 s (%), by demand", [f"{x:g}" for x in LOADS], loads
        ),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    found = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*found, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _goals(title: str, found: Sequence[Goal]) -> str:
    rows = [(goal.number, goal.text, goal.reached, "yes" if goal.met else "**no**") for goal in found]
    return f"{title}\n\n" + table(("", "goal", "reached", "met"), rows)


def _row(results: Results, experiment: str, rule: str) -> list[str]:
    def mean(name: str) -> float:
        return results.mean(experiment, rule, name)

    few = len(results.series(experiment, rule, "sl")) < len(results.series(experiment, REFERENCE, "sl"))
    return [
        RULES[rule].title + (" °" if few else ""),
        f"{mean('sl'):.1f}",
        " / ".join(f"{mean(f'sl_{tier}'):.0f}" for tier in TIERS),
        f"{mean('sl_french'):.0f} / {mean('sl_spanish'):.0f}",
        f"{mean('mean'):.1f}",
        f"{mean('p95_vip'):.0f} / {mean('p95_bronze'):.0f}",
        f"{mean('p99_bronze'):.0f} / {mean('worst_bronze'):.0f}",
        f"{mean('abandoned'):.1f}",
        f"{mean('chat_sl'):.1f}, {mean('chat_mean'):.1f}, {mean('chat_p99_bronze'):.0f}",
        f"{mean('occupancy_spread'):.0f} / {mean('occupancy_sd'):.1f}",
    ]


_HEAD = (
    "rule", "in target %", "VIP / gold / silver / bronze", "French / Spanish", "mean s", "p95 s VIP / bronze",
    "p99 / worst s bronze", "gave up %", "chat: in target %, mean s, p99 s bronze", "occupancy: p5-p95 / within groups",
)  # fmt: skip


def _day(results: Results) -> str:
    days = len(results.series("day", "app_queue", "sl"))
    return table(_HEAD, [_row(results, "day", rule) for rule in RULES]) + "\n" + _SPARE.format(days=days)


def _differences(results: Results) -> str:
    names: Mapping[str, str] = {
        "sl": "in target, points",
        "sl_vip": "VIP, points",
        "sl_bronze": "bronze, points",
        "sl_french": "French, points",
        "mean": "mean wait, s",
        "p99_bronze": "bronze p99, s",
        "abandoned": "gave up, points",
        "occupancy_sd": "occupancy s.d., points",
    }
    others = (REFERENCE, "strict", "weight_penalty")
    rows = [[text, *(str(difference(results, name, other)) for other in others)] for name, text in names.items()]
    head = ("Hotline minus …, by day, 95 %", *(RULES[other].title for other in others))
    return table(head, rows)


def _others(results: Results) -> str:
    titles = {
        "hard": "Missed rings 5 %, breaks, transfers 8 %, 30 % call again",
        "starving": "30 % VIP, everybody waits half an hour",
        "even_speed": "Experience makes nobody faster",
    }
    rules = {
        "hard": (REFERENCE, "strict", "weight_penalty", "p4_strict", PRODUCT),
        "starving": (REFERENCE, "strict", "weight_penalty", "callcenter_tuned", PRODUCT),
        "even_speed": (REFERENCE, PRODUCT),
    }
    parts = [
        f"### {title} ({len(results.series(name, REFERENCE, 'sl'))} days)\n\n"
        + table(_HEAD, [_row(results, name, rule) for rule in rules[name]])
        for name, title in titles.items()
    ]
    loads = [
        [f"{load:g}", RULES[rule].title, *_row(results, f"load_{load}", rule)[1:8]]
        for load in LOADS
        for rule in (REFERENCE, "strict", "weight_penalty", PRODUCT)
    ]
    days = min(len(results.series(f"load_{load}", REFERENCE, "sl")) for load in LOADS)
    return "\n".join([*parts, f"### Less and more demand ({days} days each)\n\n" + table(("load", *_HEAD[:8]), loads)])


def _fewer(results: Results) -> str:
    count = len(results.series(f"agents_{FEWER[0]}", PRODUCT, "sl"))
    names = ("sl", "sl_vip", "sl_bronze", "abandoned")
    reference = [sum(results.series("day", REFERENCE, name)[:count]) / count for name in names]
    rows = [["FIFO + longest idle", "100", *(f"{value:.1f}" for value in reference)]]
    for agents in FEWER:
        rows.append(
            ["Hotline", str(agents), *(f"{results.mean(f'agents_{agents}', PRODUCT, name):.1f}" for name in names)]
        )
    return f"### Fewer agents ({count} days)\n\n" + table(
        ("rule", "agents", "in target %", "VIP %", "bronze %", "gave up %"), rows
    )


def _exact(results: Results) -> str:
    rows = []
    for servers in POOLS:
        exact = erlang_a(POOL_PER_HOUR / 3600.0, POOL_HANDLE, servers, POOL_PATIENCE)
        wait = interval(results.series(f"pool_{servers}", REFERENCE, "mean"))
        lost = interval(results.series(f"pool_{servers}", REFERENCE, "abandoned"))
        rows.append(
            [str(servers), f"{wait.mean:.2f} ± {wait.within:.2f}", f"{exact.mean_wait:.2f}",
             f"{lost.mean:.2f} ± {lost.within:.2f}", f"{100 * exact.abandoned:.2f}"]
        )  # fmt: skip
    head = ("agents", "mean wait s, simulated", "exact", "gave up %, simulated", "exact")
    return "## The simulator against exact Erlang-A\n\n" + _EXACT + "\n" + table(head, rows)


_INTRODUCTION = """# What the routing does for customers

Made by `./hotline bench routing-quality --docs`; every figure below comes from that command, and anybody can
repeat it.

One day at a company of 100 agents, 8 skills, 4 tiers of customers, calls and chats, ten hours, about 12,000
contacts, is lived through in memory under each rule: the same customers, the same work, the same patience.
Hotline is the engine that decides in production, with the policy that its formula makes of tiers and targets;
nothing is tuned for this company. The reference is first come, first served with the agent who has been idle
longest, at a demand at which it answers about 80 % of the calls in target. Means over {days} days in five
companies (skill matrices); neither days nor companies were used to find the constants of the formula.

The other engines are their rules, written by us from source (Asterisk, FreeSWITCH) or from documentation (the
others), in an ideal form: they decide at the very event and never poll, which flatters them. P4 and P5 are
bounds, no rules: everybody knows everything, at level 4 or 5. That experience makes faster (level 5: 0.88 of
the mean time, level 2: 1.15) is an assumption; what remains without it is shown too. The service level counts
who gave up after more than 5 s as missed. Waits are over everybody, also those who gave up.
"""
_EXACT = """One queue, one skill, exponential work and patience, 768 calls an hour of 300 s, patience 240 s. Each day
starts empty, which makes the simulated waits a little shorter than those of the long run.
"""
_SPARE = """° On the first {days} of these days only: FIFO's figures plus the mean difference to FIFO on those days.
"""
_HARD = """A ring that nobody answers lasts 15 s here, which is longer than the best tier's whole target of 10 s: one
of twenty of its callers is lost to that alone, whatever the rule. Where everybody knows everything and the best tier
strictly goes first (bound P4, strict), it has {bound:.1f} % in target. Of the best tier's callers whose first ring is
answered, Hotline has {heard:.1f} % in target.
"""
_END = """## What is not shown

Nobody's skills are estimated wrongly, nobody asks for a callback. Patience ends the longest waits. The rules
of others run at plausible settings; one of them, mod_callcenter's, is also there with settings that were
searched for. What Hotline takes for all this: chats, which can wait longer, wait longer, and agents with rare
skills are idle a little more often.
"""

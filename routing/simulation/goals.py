"""The goals G1 to G9 of the engine, and what was reached; a miss is said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from routing.simulation.catalogue import REFERENCE
from routing.simulation.intervals import Interval, paired
from routing.simulation.plan import FEWER, PRODUCT, Results

_BOTTOM = "bronze"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal."""

    number: str
    text: str
    reached: str
    met: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of the last line; ratios are of means over the same days."""

    vip_sl: float
    bottom_sl: float
    bottom_p99_vs_fifo: float
    bottom_worst_vs_fifo: float
    mean_wait_vs_fifo: float
    abandon_vs_fifo: float
    scarce_sl_min: float
    agents_saved_pct: float
    occupancy_sd: float
    gap_closed_pct: float
    starvation_vs_fifo: float

    @property
    def line(self) -> str:
        """As names and numbers."""
        decimals = {"bottom_p99_vs_fifo": 2, "bottom_worst_vs_fifo": 2, "mean_wait_vs_fifo": 2, "abandon_vs_fifo": 2,
                    "starvation_vs_fifo": 2, "agents_saved_pct": 0}  # fmt: skip
        return " ".join(f"{name}={getattr(self, name):.{decimals.get(name, 1)}f}" for name in self.__slots__)


def ratio(results: Results, experiment: str, name: str, rule: str = PRODUCT) -> float:
    """A figure of a rule over that of the reference."""
    return results.mean(experiment, rule, name) / results.mean(experiment, REFERENCE, name)


def saved(results: Results) -> int:
    """With how many agents fewer the product has the overall service level of the reference on the same days."""
    best = 0
    for count in FEWER:
        ours = results.series(f"agents_{count}", PRODUCT, "sl")
        theirs = results.series("day", REFERENCE, "sl")[: len(ours)]
        if sum(ours) >= sum(theirs):
            best = max(best, 100 - count)
    return best


def gap_closed(results: Results, name: str, bound: str) -> float:
    """Percent of the way from the reference to a bound."""
    start = results.mean("day", REFERENCE, name)
    return 100.0 * (results.mean("day", PRODUCT, name) - start) / (results.mean("day", bound, name) - start)


def difference(results: Results, name: str, other: str = REFERENCE, experiment: str = "day") -> Interval:
    """Product minus another rule, paired by day."""
    return paired(results.series(experiment, PRODUCT, name), results.series(experiment, other, name))


def summary(results: Results) -> Summary:
    """All figures of the last line."""

    def mean(name: str) -> float:
        return results.mean("day", PRODUCT, name)

    return Summary(
        vip_sl=mean("sl_vip"),
        bottom_sl=mean("sl_bronze"),
        bottom_p99_vs_fifo=ratio(results, "day", "p99_bronze"),
        bottom_worst_vs_fifo=ratio(results, "day", "worst_bronze"),
        mean_wait_vs_fifo=ratio(results, "day", "mean"),
        abandon_vs_fifo=ratio(results, "day", "abandoned"),
        scarce_sl_min=min(mean("sl_french"), mean("sl_spanish")),
        agents_saved_pct=float(saved(results)),
        occupancy_sd=mean("occupancy_sd"),
        gap_closed_pct=gap_closed(results, "mean", "p4_fifo"),
        starvation_vs_fifo=ratio(results, "starving", "worst_bronze"),
    )


def goals(results: Results) -> list[Goal]:
    """Goal by goal."""
    found = summary(results)
    met = [*_of_tiers(results, "day"), _of_fairness(results, "day"), *_of_capacity(results, found)]
    return sorted([*met, *_of_robustness(results, found)], key=lambda goal: goal.number)


def goals_when_hard(results: Results) -> list[Goal]:
    """The goals that can be asked for on a day with missed rings, breaks, transfers and second calls."""
    first, *others = _of_tiers(results, "hard")
    bound = results.mean("hard", "p4_strict", "sl_vip")
    first = replace(first, reached=f"{first.reached} (bound P4, strict: {bound:.1f} %)")
    return [first, *others, _of_fairness(results, "hard")]


def _of_tiers(results: Results, experiment: str) -> list[Goal]:
    fifo = results.mean(experiment, REFERENCE, "sl_bronze")
    vip, bottom, french, spanish = (
        results.mean(experiment, PRODUCT, name) for name in ("sl_vip", "sl_bronze", "sl_french", "sl_spanish")
    )
    p99, worst, wait, lost = (
        ratio(results, experiment, name) for name in ("p99_bronze", "worst_bronze", "mean", "abandoned")
    )
    return [
        Goal("G1", "best tier, voice, 10 s: at least 93 %", f"{vip:.1f} %", vip >= 93),
        Goal(
            "G2",
            "bottom tier not worse than FIFO: service level at least the same, p99 and worst wait at most + 10 %",
            f"{bottom:.1f} % (FIFO {fifo:.1f}); {p99 - 1:+.0%}; {worst - 1:+.0%}",
            bottom >= fifo and p99 <= 1.10 and worst <= 1.10,
        ),
        Goal(
            "G3",
            "mean wait and abandonment, voice: at most 0.70 of FIFO",
            f"{wait:.2f}; {lost:.2f}",
            max(wait, lost) <= 0.70,
        ),
        Goal(
            "G4",
            "callers who need a scarce language: French at least 70 %, Spanish at least 75 %",
            f"{french:.0f} %; {spanish:.0f} %",
            french >= 70 and spanish >= 75,
        ),
    ]


def _of_fairness(results: Results, experiment: str) -> Goal:
    found = results.mean(experiment, PRODUCT, "occupancy_sd")
    text = "occupancy of comparable agents: standard deviation at most 3 points"
    return Goal("G6", text, f"{found:.2f}", found <= 3.0)


def _of_capacity(results: Results, found: Summary) -> list[Goal]:
    vip = gap_closed(results, "sl_vip", "p4_strict")
    return [
        Goal(
            "G5",
            "the overall service level of FIFO with at least 5 % fewer agents",
            f"{found.agents_saved_pct:.0f} % fewer",
            found.agents_saved_pct >= 5,
        ),
        Goal(
            "G7",
            "share of the gap from FIFO to a pool of all-rounders that is closed: "
            "mean wait at least 50 %, best tier's service level at least 85 %",
            f"{found.gap_closed_pct:.0f} %; {vip:.0f} %",
            found.gap_closed_pct >= 50 and vip >= 85,
        ),
    ]


def _of_robustness(results: Results, found: Summary) -> list[Goal]:
    vip = difference(results, "sl_vip", experiment="even_speed").mean
    p99 = ratio(results, "even_speed", "p99_" + _BOTTOM)
    return [
        Goal(
            "G8",
            "30 % best tier, nobody gives up: worst wait of the bottom tier at most FIFO + 15 %",
            f"{found.starvation_vs_fifo - 1:+.0%}",
            found.starvation_vs_fifo <= 1.15,
        ),
        Goal(
            "G9",
            "if experience made nobody faster: best tier at least FIFO + 15 points, bottom p99 at most + 15 %",
            f"{vip:+.1f}; {p99 - 1:+.0%}",
            vip >= 15 and p99 <= 1.15,
        ),
    ]

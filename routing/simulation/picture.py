"""Small pictures in SVG, readable on light and dark ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

_WIDTH, _LEFT, _ROW, _LANE, _APART = 720, 170, 34, 5, 16
_STYLE = """<style>
text{font:13px system-ui,sans-serif;fill:#1f2933}.h{font-weight:600;font-size:15px}.s{font-size:11px;fill:#52606d}
.m{text-anchor:middle}.g{stroke:#cbd2d9;stroke-width:1}.a{fill:#7b8794}.b{fill:#b8c4ce}.us{fill:#0b7285}.us2{fill:#66b2c0}.w{font-weight:600}
.l{fill:none;stroke:#7b8794;stroke-width:2}.l.us{stroke:#0b7285;stroke-width:3;fill:none}
.t0{fill:#c2410c}.t1{fill:#b7791f}.t2{fill:#5a7d9a}.t3{fill:#3f4c5a}
@media (prefers-color-scheme:dark){text{fill:#e4e7eb}.s{fill:#9aa5b1}.g{stroke:#3e4c59}.a{fill:#9aa5b1}.b{fill:#52606d}
.us{fill:#3fc1d8}.us2{fill:#1b7f92}.l{stroke:#9aa5b1}.l.us{stroke:#3fc1d8}.t0{fill:#ff9b66}.t1{fill:#f0c75e}.t2{fill:#8fb7d6}
.t3{fill:#cbd2d9}}
</style>"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of two bars."""

    name: str
    first: float
    second: float
    ours: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the given places."""

    name: str
    values: Sequence[float]
    ours: bool


def bars(title: str, rows: Sequence[Bar], units: tuple[str, str]) -> str:
    """Two bars a row: the upper one counts in the first unit, the lower one in the second."""
    most = max(max(row.first, row.second) for row in rows)
    scale = (_WIDTH - _LEFT - 70) / most
    parts = []
    for place, row in enumerate(rows):
        top = 48 + place * (_ROW + 8)
        parts.append(_label(row.name, top + 17, row.ours))
        for offset, value, unit, kinds in (
            (0, row.first, units[0], ("a", "us")), (15, row.second, units[1], ("b", "us2")),
        ):  # fmt: skip
            width = max(1.0, value * scale)
            box = f'x="{_LEFT}" y="{top + offset}" width="{width:.1f}" height="13" rx="2"'
            parts.append(f'<rect class="{kinds[row.ours]}" {box}/>')
            parts.append(
                f'<text class="s" x="{_LEFT + width + 6:.1f}" y="{top + offset + 11}">{value:.1f} {unit}</text>'
            )
    return _frame(title, 60 + len(rows) * (_ROW + 8), parts)


def dots(title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], ours: str) -> str:
    """A row of dots a rule, one dot a name, on a scale of percent; dots of a name lie on one height, never hidden."""
    low = 10 * int(min(min(values) for _, values in rows) // 10)
    scale = (_WIDTH - _LEFT - 40) / (100 - low)
    bottom = 62 + len(rows) * _ROW
    parts = [_grid(_LEFT + (value - low) * scale, bottom, value) for value in range(low, 101, 10)]
    parts += [
        f'<circle class="t{place}" cx="{_LEFT + place * 100}" cy="44" r="6"/>'
        f'<text class="s" x="{_LEFT + place * 100 + 11}" y="48">{escape(name)}</text>'
        for place, name in enumerate(names)
    ]
    for place, (name, values) in enumerate(rows):
        top = 76 + place * _ROW
        parts.append(_label(name, top + 4, name == ours))
        parts += [
            f'<circle class="t{kind}" cx="{_LEFT + (value - low) * scale:.1f}" cy="{top + _LANE * (kind - 1.5)}" r="5">'
            f"<title>{value:.1f}</title></circle>"
            for kind, value in reversed(list(enumerate(values)))
        ]
    return _frame(title, bottom + 30, parts)


def lines(title: str, places: Sequence[str], rows: Sequence[Line]) -> str:
    """Lines of percent over places."""
    low = 10 * int(min(min(row.values) for row in rows) // 10)
    height, left, right = 260, 50, _WIDTH - 150
    step = (right - left) / max(1, len(places) - 1)

    def y(value: float) -> float:
        return 50 + (100 - value) / (100 - low) * height

    parts = [
        f'<line class="g" x1="{left}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text class="s" x="{left - 30}" y="{y(value) + 4:.1f}">{value}</text>'
        for value in range(low, 101, 10)
    ]
    parts += [
        f'<text class="s m" x="{left + place * step:.1f}" y="{height + 70}">{escape(name)}</text>'
        for place, name in enumerate(places)
    ]
    heights = _apart([y(row.values[-1]) + 4 for row in rows])
    for row, beside in zip(rows, heights, strict=True):
        points = " ".join(f"{left + place * step:.1f},{y(value):.1f}" for place, value in enumerate(row.values))
        parts.append(f'<polyline class="l{" us" if row.ours else ""}" points="{points}"/>')
        weight = ' class="w"' if row.ours else ""
        parts.append(f'<text{weight} x="{right + 8}" y="{beside:.1f}">{escape(row.name)}</text>')
    return _frame(title, height + 85, parts)


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights of names in the same order from top to bottom, moved down where they would overlap."""
    found = list(heights)
    order = sorted(range(len(found)), key=found.__getitem__)
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + _APART)
    return found


def _label(name: str, y: float, ours: bool) -> str:
    return f'<text{" class=" + chr(34) + "w" + chr(34) if ours else ""} x="10" y="{y}">{escape(name)}</text>'


def _grid(x: float, bottom: float, value: int) -> str:
    return (
        f'<line class="g" x1="{x:.1f}" x2="{x:.1f}" y1="58" y2="{bottom}"/>'
        f'<text class="s m" x="{x:.1f}" y="{bottom + 16}">{value}</text>'
    )


def _frame(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}">{_STYLE}\n<text class="h" x="10" y="24">{escape(title)}</text>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )

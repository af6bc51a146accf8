"""The reference names every refusal of recorded days and of the tuner."""

from __future__ import annotations

import re

from core.settings import ROOT

PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
CODE = re.compile(r'"(day|tune)\.([a-z_]+)"')


def test_every_refusal_is_in_the_reference() -> None:
    sources = [*(ROOT / "routing/recorded").glob("*.py"), *(ROOT / "processes").glob("*.py")]
    found = {match for file in sources for match in CODE.findall(file.read_text(encoding="utf-8"))}
    assert ("day", "broken") in found
    assert sorted(code for noun, code in found if f"`{code}`" not in PAGE and f"`{noun}.{code}`" not in PAGE) == []

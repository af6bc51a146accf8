"""The reference is right: its example is a good file, and it names every key and every refusal."""

from __future__ import annotations

import re
from pathlib import Path

import routing.configuration
from core.settings import ROOT
from routing.configuration import plain, read
from routing.configuration.model import Agent, Name, Queue
from tests.routing.configuration.files import whole

PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("```yaml\n")[2].partition("```")[0]


def test_the_example_is_a_good_file() -> None:
    found = whole(EXAMPLE)
    assert (list(found.queues), list(found.agents)) == (["cargo", "claims"], ["lin", "marta"])
    assert found.schedules["night"].weekly[0] == ((1200, 1920),)


def test_the_example_shows_every_key() -> None:
    keys = {*plain.SECTIONS, *plain.queue(Queue(Name("", ""))), *plain.agent(Agent(""))}
    keys |= {*read._QUEUE_KEYS, *read._POLICY_KEYS, *read._OVERFLOW_KEYS, *read._ANNOUNCE_KEYS, *read._FULL_KEYS}
    assert sorted(key for key in keys if f"{key}:" not in EXAMPLE) == []


def test_every_refusal_is_in_the_table() -> None:
    sources = [*Path(routing.configuration.__file__).parent.glob("*.py"), ROOT / "core/yaml_tree.py"]
    sources.append(ROOT / "core/yaml_fields.py")
    call = re.compile(r'(?:problem|_problem|_refused)\(\s*(?:[\w.\[\]]+, )"([a-z_]+)"')
    codes = {code for source in sources for code in call.findall(source.read_text(encoding="utf-8"))}
    assert {"stranded_queue"} | codes >= {"circle", "alias", "out_of_range"}
    # a bad name is one of the menus' refusals, whose names are stricter
    assert sorted(code for code in codes - {"bad_name"} if f"`{code}`" not in PAGE) == []

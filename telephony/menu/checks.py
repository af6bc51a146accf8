"""What a definition must keep beyond its form: known names, no dead end, no way that never ends. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from core.yaml_tree import Problem
from telephony.menu.definition import Menu, MenuNode, Node, QueueNode, SayNode


def check(menu: Menu) -> list[Problem]:
    """All problems of the whole: names that lead nowhere first, then loops and nodes that nobody reaches."""
    names = list(_unknown_names(menu))
    return names or [*_endless_ways(menu), *_unreached(menu)]


def _unknown_names(menu: Menu) -> Iterator[Problem]:
    if menu.start not in menu.nodes:
        yield Problem(1, "menu.dead_end", f"start leads to {menu.start!r}, which is no node")
    for node in menu.nodes.values():
        for prompt in _prompts(node):
            if prompt not in menu.prompts:
                yield Problem(node.line, "menu.missing_prompt", f"{node.name!r} says {prompt!r}, which is no prompt")
        for line, target in _ways(node):
            if target not in menu.nodes:
                yield Problem(line, "menu.dead_end", f"{node.name!r} leads to {target!r}, which is no node")


def _endless_ways(menu: Menu) -> Iterator[Problem]:
    """A caller who presses nothing (or only wrong keys) follows one way; it must end in a queue."""
    ended: set[str] = set()
    for first in menu.nodes:
        way: list[str] = []
        name = first
        while name not in ended and name not in way:
            way.append(name)
            following = _silent_way(menu.nodes[name])
            if following is None:
                break
            name = following
        else:
            if name in way:
                loop = " -> ".join([*way[way.index(name) :], name])
                yield Problem(menu.nodes[name].line, "menu.endless_loop", f"a silent caller never gets out: {loop}")
        ended.update(way)


def _unreached(menu: Menu) -> Iterator[Problem]:
    reached: set[str] = set()
    waiting = [menu.start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(target for _, target in _ways(menu.nodes[name]))
    for name in menu.nodes.keys() - reached:
        yield Problem(menu.nodes[name].line, "menu.unreachable", f"nothing leads to node {name!r}")


def _prompts(node: Node) -> Iterator[str]:
    if isinstance(node, SayNode):
        yield node.prompt
    elif isinstance(node, MenuNode):
        yield node.prompt
        yield from (retry.prompt for retry in (node.wrong, node.silence) if retry.prompt)


def _ways(node: Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, SayNode):
        yield node.line, node.next
    elif isinstance(node, MenuNode):
        yield node.line, node.otherwise
        yield from ((choice.line, choice.next) for choice in node.choices.values())


def _silent_way(node: Node) -> str | None:
    if isinstance(node, QueueNode):
        return None
    return node.next if isinstance(node, SayNode) else node.otherwise

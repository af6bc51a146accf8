"""Walks a menu. Pure: a place and what the caller did give the next thing to do and the next place.

Prompts on the way to a question are gathered, so a channel can say them in one go and take a key at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from telephony.menu.definition import Menu, MenuNode, QueueNode, SayNode

MAX_QUESTIONS = 50
"""A caller who goes round and round is brought to an agent after this many questions."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller stands: the question that is open and how often it went wrong."""

    node: str
    language: str | None = None
    wrong: int = 0
    silent: int = 0
    questions: int = 0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One prompt in one language."""

    prompt: str
    language: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A choice that the caller made, for the record."""

    node: str
    key: str
    label: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """Say the prompts and take one key; a key may come while they are said. Silence counts after them."""

    prompts: tuple[Spoken, ...]
    keys: frozenset[str]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Say the prompts, then wait for an agent in this queue (its code), or be called in one's turn (``callback``)."""

    prompts: tuple[Spoken, ...]
    queue: str
    callback: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now and where the caller then stands; ``taken`` is the choice that led here."""

    place: Place
    action: Ask | Enqueue
    taken: Taken | None = None


def begin(menu: Menu, language: str | None = None) -> Step:
    """The first thing a caller hears. ``language`` is known of a known customer."""
    known = language if language in menu.languages else None
    return _go(menu, Place(menu.start, known), menu.start, ())


def answer(menu: Menu, place: Place, key: str) -> Step:
    """What follows when the open question was answered by ``key`` (``""`` = silence).

    Raises ValueError when ``place`` is no open question of this menu.
    """
    node = menu.nodes.get(place.node)
    if not isinstance(node, MenuNode):
        raise ValueError("no question is open at this place")
    choice = node.choices.get(key)
    if choice is None:
        return _again(menu, node, place, key)
    settled = replace(place, language=choice.language or place.language, wrong=0, silent=0)
    step = _go(menu, settled, choice.next, ())
    return replace(step, taken=Taken(node.name, key, dict(choice.label)))


def resume(menu: Menu, place: Place) -> Step:
    """Ask the open question of a place again, or go on from it: after an interruption of the channel."""
    return _go(menu, place, place.node if place.node in menu.nodes else menu.start, ())


def give_up(menu: Menu, place: Place | None) -> str:
    """The queue (its code) that a silent caller at this place reaches: when nothing can be said any more."""
    name = place.node if place and place.node in menu.nodes else menu.start
    node = menu.nodes[name]
    while not isinstance(node, QueueNode):
        node = menu.nodes[node.next if isinstance(node, SayNode) else node.otherwise]
    return node.queue


def _again(menu: Menu, node: MenuNode, place: Place, key: str) -> Step:
    """Wrong keys and silences are counted apart; either reaching its limit takes ``otherwise``."""
    if key:
        retry, place = node.wrong, replace(place, wrong=place.wrong + 1)
        count = place.wrong
    else:
        retry, place = node.silence, replace(place, silent=place.silent + 1)
        count = place.silent
    said = _spoken(menu, retry.prompt, place.language) if retry.prompt else ()
    if count > retry.times:
        return _go(menu, replace(place, wrong=0, silent=0), node.otherwise, said)
    return _ask(menu, node, place, said)


def _go(menu: Menu, place: Place, target: str, said: tuple[Spoken, ...]) -> Step:
    node = menu.nodes[target]
    while isinstance(node, SayNode):
        said += _spoken(menu, node.prompt, place.language)
        node = menu.nodes[node.next]
    if isinstance(node, QueueNode):
        return Step(replace(place, node=node.name), Enqueue(said, node.queue, node.callback))
    if place.questions >= MAX_QUESTIONS:
        return _go(menu, place, node.otherwise, said)
    return _ask(menu, node, place, said)


def _ask(menu: Menu, node: MenuNode, place: Place, said: tuple[Spoken, ...]) -> Step:
    prompts = said + _spoken(menu, node.prompt, place.language)
    asked = replace(place, node=node.name, questions=place.questions + 1)
    return Step(asked, Ask(prompts, frozenset(node.choices), node.wait_seconds))


def _spoken(menu: Menu, prompt: str, language: str | None) -> tuple[Spoken, ...]:
    return tuple(Spoken(prompt, spoken) for spoken in ((language,) if language else menu.languages))

"""Load a definition: read, check, refuse with lines."""

from __future__ import annotations

from pathlib import Path

from core.yaml_tree import Problem
from telephony.menu.checks import check
from telephony.menu.definition import Menu
from telephony.menu.reader import Reader
from telephony.menu.source import MenuInvalid, read_tree


def load_menu(text: str) -> Menu:
    """The menu that a YAML text defines. Raises MenuInvalid with every problem and its line."""
    reader = Reader()
    menu = reader.menu(read_tree(text))
    problems = reader.problems or check(menu)
    if problems:
        raise MenuInvalid(problems)
    return menu


def load_directory(directory: Path) -> dict[str, Menu]:
    """All ``*.yaml`` menus of a directory by name. Raises MenuInvalid, the file's name in each message."""
    menus: dict[str, Menu] = {}
    for path in sorted(directory.glob("*.yaml")):
        try:
            menu = load_menu(path.read_text(encoding="utf-8"))
        except MenuInvalid as error:
            raise MenuInvalid([Problem(p.line, p.code, f"{path.name}: {p.message}") for p in error.problems]) from None
        except UnicodeDecodeError:
            raise MenuInvalid([Problem(1, "menu.not_yaml", f"{path.name}: not UTF-8 text")]) from None
        if menu.name in menus:
            raise MenuInvalid([Problem(1, "menu.duplicate_menu", f"{path.name}: menu {menu.name!r} exists already")])
        menus[menu.name] = menu
    return menus

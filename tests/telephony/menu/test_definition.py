"""Bad definitions are refused with the line, whatever YAML could do to a reader included."""

from __future__ import annotations

from pathlib import Path

import pytest

import telephony.menu
from telephony.menu.load import load_directory, load_menu
from telephony.menu.source import MenuInvalid

GOOD = """\
menu: small
start: hello
languages: [en]
prompts:
  hello: {en: Hello}
  ask: {en: Press 1}
nodes:
  hello: {say: hello, next: ask}
  ask:
    menu:
      prompt: ask
      choices:
        "1": {next: sales, label: {en: Sales}}
      otherwise: sales
  sales: {queue: sales}
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MenuInvalid) as caught:
        load_menu(text)
    return [(problem.line, problem.code) for problem in caught.value.problems]


def test_a_good_menu_is_read() -> None:
    menu = load_menu(GOOD)
    assert (menu.name, menu.start, list(menu.nodes)) == ("small", "hello", ["hello", "ask", "sales"])


def test_the_demo_companys_menus_are_good() -> None:
    assert "main" in load_directory(Path(telephony.menu.__file__).parent / "demo")


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("start: hello", "start: nowhere", 1, "menu.dead_end"),
        ("next: ask}", "next: gone}", 8, "menu.dead_end"),
        ("say: hello", "say: missing", 8, "menu.missing_prompt"),
        ("      prompt: ask", "      prompt: no-such", 9, "menu.missing_prompt"),
        ("next: sales, label", "next: gone, label", 13, "menu.dead_end"),
        ("otherwise: sales", "otherwise: hello", 8, "menu.endless_loop"),
        ("otherwise: sales", "otherwise: ask", 9, "menu.endless_loop"),
        ("{say: hello, next: ask}", "{say: hello, next: hello}", 8, "menu.endless_loop"),
        ("start: hello", "start: ask", 8, "menu.unreachable"),
        ("hello: {en: Hello}", "hello: {zh: 你好}", 5, "menu.missing_text"),
        ("hello: {en: Hello}", "hello: Hello", 5, "menu.missing_text"),
        ("hello: {en: Hello}", "hello: {en: ''}", 5, "menu.not_text"),
        ("languages: [en]", "languages: [en, tlh]", 3, "menu.unknown_language"),
        ("languages: [en]", "languages: []", 3, "menu.unknown_language"),
        ("languages: [en]", "lang: [en]\nlanguages: [en]", 3, "menu.unknown_key"),
        ("      otherwise: sales", "      otherwise: sales\n      then: x", 15, "menu.unknown_key"),
        ("      otherwise: sales\n", "", 11, "menu.missing_key"),
        ('"1": {next', '"12": {next', 13, "menu.unknown_key"),
        ("{queue: sales}", "{queue: sales, say: hello}", 15, "menu.not_a_node"),
        ("{queue: sales}", "{}", 15, "menu.not_a_node"),
        ("{queue: sales}", "sales", 15, "menu.not_a_node"),
        ("{queue: sales}", "{survey: sales}", 15, "menu.not_available_yet"),
        ("{queue: sales}", "{book_callback: sales, queue: sales}", 15, "menu.not_a_node"),
        ("{queue: sales}", "{book_callback: [sales]}", 15, "menu.not_text"),
        ("{queue: sales}", "{look_up: {url: x}}", 15, "menu.not_available_yet"),
        ("prompt: ask\n", "prompt: ask\n      wait_seconds: 31\n", 12, "menu.out_of_range"),
        ("prompt: ask\n", "prompt: ask\n      wait_seconds: ٣\n", 12, "menu.out_of_range"),
        ("prompt: ask\n", "prompt: ask\n      wrong: {times: 9}\n", 12, "menu.out_of_range"),
        ("menu: small", "menu: Small Menu", 1, "menu.bad_name"),
        ("menu: small", "menu: ../../etc", 1, "menu.bad_name"),
        ("start: hello", "start: hello\nstart: ask", 3, "menu.duplicate_key"),
        ("menu: small", "menu: &a small", 1, "menu.alias"),
        ("menu: small", "menu: !!python/object/apply:os.system [id]", 1, "menu.tag"),
        ("start: hello", "start: *a", 2, "menu.alias"),
        ("menu: small", "menu: [small", 2, "menu.not_yaml"),
        ("menu: small", "? [a, b]\n: c\nmenu: small", 1, "menu.key_not_text"),
    ],
)
def test_each_mistake_has_its_line(old: str, new: str, line: int, code: str) -> None:
    assert old in GOOD
    assert (line, code) in problems(GOOD.replace(old, new, 1))


def test_all_problems_are_named_at_once() -> None:
    text = GOOD.replace("{en: Hello}", "{en: Hello, tlh: nuqneH}").replace("queue: sales", "cue: sales")
    assert [line for line, _ in problems(text)] == [5, 15]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "- a\n- b\n",
        "just text",
        "---\na: b\n---\na: b\n",
        "a: " + "[" * 500 + "]" * 500,
        "[" * 100_000,
        "x: " + "y" * 70_000,
        "\n".join(f"k{n}: v" for n in range(4000)),
        "a: &x [l, l]\nb: &y [*x, *x]\nc: &z [*y, *y]\n",
        "\x00",
        "a: \ud800",
        "\ufeffmenu: x",
    ],
)
def test_hostile_files_are_refused_and_not_expanded(text: str) -> None:
    assert problems(text)


def test_a_bad_file_in_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "two.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(MenuInvalid, match=r"two\.yaml"):
        load_directory(tmp_path)
    (tmp_path / "two.yaml").write_text(GOOD)
    with pytest.raises(MenuInvalid, match="exists already"):
        load_directory(tmp_path)

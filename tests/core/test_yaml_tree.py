"""What YAML can do to a reader is refused, with the line, before anything is built from it."""

from __future__ import annotations

import time

import pytest

from core.yaml_tree import DocumentInvalid, Limits, Mapping, Scalar, read_tree

SMALL = Limits(bytes=10_000, depth=6, nodes=100)


def test_every_value_knows_its_line() -> None:
    tree = read_tree("a:\n  b: [1,\n    2]\n", "test", SMALL)
    assert isinstance(tree, Mapping)
    assert tree.entries["a"][1].line == 2
    inner = tree.entries["a"][1]
    assert isinstance(inner, Mapping)
    assert inner.entries["b"][1].items == [Scalar("1", 2), Scalar("2", 3)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "test.empty"),
        ("a: 1\nb: &x 2\n", 2, "test.alias"),
        ("a: 1\nb: *x\n", 2, "test.alias"),
        ("a: !!python/name:os.system x\n", 1, "test.tag"),
        ("a: 1\na: 2\n", 2, "test.duplicate_key"),
        ("? {a: b}\n: 1\n", 1, "test.key_not_text"),
        ("a: [[[[[[[[1]]]]]]]]", 1, "test.too_deep"),
        ("---\na: 1\n---\nb: 2\n", 3, "test.too_large"),
        ("x: " + "y" * 10_000, 1, "test.too_large"),
        ("\n".join(f"k{n}: v" for n in range(200)), 50, "test.too_large"),
        ("a: [1\n", 2, "test.not_yaml"),
        ("a: \ud800", 1, "test.not_yaml"),
    ],
)
def test_hostile_documents_are_refused_with_the_line(text: str, line: int, code: str) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        read_tree(text, "test", SMALL)
    assert (caught.value.code, [(p.line, p.code) for p in caught.value.problems]) == ("test.invalid", [(line, code)])


def test_a_bomb_costs_nothing() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    began = time.process_time()
    with pytest.raises(DocumentInvalid, match="alias"):
        read_tree(bomb, "test", SMALL)
    assert time.process_time() - began < 0.5

"""Rules of our own about the source, each with a test that it would notice a breach."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400
LAYERS = (
    ("processes",),
    ("web",),
    ("agent_desk",),
    ("telephony", "routing", "crm_sync"),
    ("core",),
)
IO_LIBRARIES = frozenset(
    {"alembic", "ari", "asterisk", "asyncpg", "celery", "fastapi", "httpx", "kombu", "redis", "socket", "sqlalchemy",
     "starlette", "subprocess", "twilio", "uvicorn", "websockets"}
)  # fmt: skip
PURE = (
    "core/address.py",
    "core/agent.py",
    "core/clock.py",
    "core/doors.py",
    "core/events.py",
    "core/ids.py",
    "core/interaction.py",
    "agent_desk/bodies.py",
    "agent_desk/explanation_bodies.py",
    "agent_desk/protocol.py",
    "agent_desk/views.py",
    "routing/engine/**/*.py",
    "routing/floor/**/*.py",
    "routing/explanation.py",
    "routing/simulation/**/*.py",
    "routing/recorded/[a-q]*.py",
    "routing/recorded/run*.py",
    "routing/recorded/[s-z]*.py",
    "routing/configuration/check.py",
    "routing/configuration/difference.py",
    "routing/configuration/engine_policy.py",
    "routing/configuration/export.py",
    "routing/configuration/model.py",
    "routing/configuration/plain.py",
    "routing/configuration/read*.py",
    "routing/configuration/source.py",
    "routing/configuration/touched.py",
    "routing/hours.py",
    "routing/waiting.py",
    "telephony/menu/checks.py",
    "telephony/menu/definition.py",
    "telephony/menu/interpreter.py",
    "telephony/messages/automatic.py",
    "telephony/messages/keywords.py",
    "telephony/messages/media_kinds.py",
    "telephony/messages/text.py",
    "telephony/twilio/faults.py",
    "telephony/twilio/forms.py",
    "telephony/twilio/links.py",
    "telephony/twilio/media.py",
    "telephony/twilio/segments.py",
)
JUNK_DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc", "queue"})
_SKIPPED = frozenset({"node_modules", "dist", "var", "generated", "__pycache__", "results", "coverage"})
_SOURCE = frozenset({".py", ".ts", ".vue", ".mjs", ".js", ".css", ".sh", ".yaml", ".sql", ".conf", ".toml"})


def source_files(root: Path) -> Iterator[Path]:
    """Every file that somebody wrote: no locks, no generated ones, nothing hidden."""
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in _SKIPPED and not name.startswith("."))
        yield from (Path(directory) / name for name in sorted(files) if Path(name).suffix in _SOURCE)


def long_files(root: Path) -> list[str]:
    """Files with more lines than anybody reads."""
    return [
        f"{file.relative_to(root)} has {count} lines"
        for file in source_files(root)
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]


def imports(source: str) -> set[str]:
    """Top-level names of everything that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def forbidden_for(package: str) -> set[str]:
    """Packages above, and beside, the given one."""
    depth = next(number for number, layer in enumerate(LAYERS) if package in layer)
    above = {name for layer in LAYERS[:depth] for name in layer}
    return above | {name for name in LAYERS[depth] if name != package}


def upward_imports(root: Path) -> list[str]:
    """Imports against the way of one call."""
    packages = [name for layer in LAYERS for name in layer]
    return [
        f"{file.relative_to(root)} imports {', '.join(sorted(wrong))}"
        for package in packages
        for file in sorted((root / package).rglob("*.py"))
        if "node_modules" not in file.parts
        and (wrong := imports(file.read_text(encoding="utf-8")) & forbidden_for(package))
    ]


def impure_files(root: Path) -> list[str]:
    """Files of decisions that reach for the world."""
    return [
        f"{file.relative_to(root)} imports {', '.join(sorted(wrong))}"
        for pattern in PURE
        for file in sorted(root.glob(pattern))
        if (wrong := imports(file.read_text(encoding="utf-8")) & IO_LIBRARIES)
    ]


def test_no_file_is_too_long() -> None:
    assert long_files(ROOT) == []


@pytest.mark.long
def test_imports_follow_the_way_of_one_call() -> None:
    assert upward_imports(ROOT) == []


def test_decisions_do_no_io() -> None:
    assert impure_files(ROOT) == []


def test_every_rule_of_purity_names_files_that_are_there() -> None:
    assert [pattern for pattern in PURE if not list(ROOT.glob(pattern))] == []


def test_there_is_no_junk_drawer() -> None:
    assert [str(file) for file in source_files(ROOT) if file.suffix == ".py" and file.stem in JUNK_DRAWERS] == []


def test_no_test_is_skipped_for_want_of_a_part() -> None:
    """What only exists on one kind of system may be left out on the others; a part that is missing may not."""
    words = ("pytest" + ".skip(", "mark" + ".skip(", "importor" + "skip", "x" + "fail")
    tests = [file for file in source_files(ROOT / "tests") if file.suffix == ".py"]
    assert [str(file) for file in tests if any(word in file.read_text(encoding="utf-8") for word in words)] == []


def _tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        file = root / name.replace("__", "/")
        file = file.with_name(file.name + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def test_a_long_file_is_noticed_and_a_lock_is_not(tmp_path: Path) -> None:
    _tree(tmp_path, core__long="x = 1\n" * (LONGEST_FILE + 1), core__short="x = 1\n" * LONGEST_FILE)
    (tmp_path / "package-lock.json").write_text("{\n" * 1000)
    assert long_files(tmp_path) == ["core/long.py has 401 lines"]


@pytest.mark.parametrize(
    ("package", "line", "breach"),
    [
        ("core", "from routing.engine import x", True),
        ("routing", "def f():\n    import telephony.menu", True),
        ("web", "import processes.web", True),
        ("agent_desk", "from crm_sync import x", False),
        ("processes", "import web, core, routing", False),
    ],
)
def test_an_upward_import_is_noticed(tmp_path: Path, package: str, line: str, breach: bool) -> None:
    _tree(tmp_path, **{f"{package}__sample": line})
    assert bool(upward_imports(tmp_path)) is breach


def test_io_in_the_engine_is_noticed_deep_down(tmp_path: Path) -> None:
    _tree(tmp_path, routing__engine__deep__policy="def f():\n    from sqlalchemy import text\n", routing__engine__a="")
    assert impure_files(tmp_path) == ["routing/engine/deep/policy.py imports sqlalchemy"]

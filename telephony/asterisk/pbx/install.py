"""Where Asterisk is: installed on this machine, in the cache, or on the machine's package mirror."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.embedded import programs
from core.embedded.debian import ProgramUnavailableError
from core.errors import Unavailable

SOUNDS = Path(__file__).resolve().parent / "sounds"
LANGUAGES = ("en", "zh")
_MODULE_DIRECTORIES = (
    "usr/lib/*-linux-gnu*/asterisk/modules",
    "usr/lib/asterisk/modules",
    "usr/lib64/asterisk/modules",
)
_DATA_DIRECTORIES = ("usr/share/asterisk", "var/lib/asterisk")
_ENGLISH = ("en", "en_US_f_Allison")


class PbxUnavailable(Unavailable):
    """This machine has no Asterisk and cannot fetch one; the message says why, for people."""


@dataclass(frozen=True)
class Installation:
    """One usable Asterisk: how to start it, and the parts that its configuration must name."""

    program: programs.Program
    module_directory: Path
    data_directory: Path

    @property
    def version(self) -> str:
        """Like `22.10.1`."""
        return self.program.version.split(":")[-1].split("+")[0]

    @property
    def english_sounds(self) -> Path | None:
        """Asterisk's own English sounds (digits, numbers), when it has them."""
        found = [self.data_directory / "sounds" / name for name in _ENGLISH]
        return next((path for path in found if path.is_dir()), None)

    @property
    def music(self) -> Path | None:
        """The music that came with it, when some did."""
        directory = self.data_directory / "moh"
        return directory if directory.is_dir() and any(directory.glob("*.*")) else None


def locate(progress: Callable[[str], None] = lambda _line: None) -> Installation:
    """Find Asterisk, or fetch it. Raises PbxUnavailable (`pbx.unavailable`)."""
    try:
        program = programs.asterisk(progress)
    except ProgramUnavailableError as error:
        raise PbxUnavailable("pbx.unavailable", str(error)) from error
    modules = _first(program.root, _MODULE_DIRECTORIES)
    data = _first(program.root, _DATA_DIRECTORIES)
    if modules is None or data is None:
        raise PbxUnavailable("pbx.unavailable", f"Asterisk's modules or data are not below {program.root}")
    return Installation(program, modules, data)


def _first(root: Path, patterns: tuple[str, ...]) -> Path | None:
    return next((path for pattern in patterns for path in sorted(root.glob(pattern)) if path.is_dir()), None)


def assemble_data(installation: Installation, directory: Path) -> None:
    """Make Asterisk's data directory out of links: its documentation, its sounds, our prompts, music."""
    for name in ("documentation", "rest-api"):
        _link(installation.data_directory / name, directory / name)
    for name in ("agi-bin", "keys"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        _assemble_language(installation, language, directory / "sounds" / language)
    _assemble_music(installation, directory / "moh")


def _assemble_language(installation: Installation, language: str, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if language == "en" and installation.english_sounds:
        for path in installation.english_sounds.iterdir():
            _link(path, directory / path.name)
    _link(SOUNDS / language / "hotline", directory / "hotline")


def _assemble_music(installation: Installation, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for stale in directory.iterdir():
        stale.unlink()
    tracks = [path for path in (installation.music or SOUNDS / "music").iterdir() if path.is_file()]
    for path in tracks:
        _link(path, directory / path.name)


def _link(target: Path, link: Path) -> None:
    if link.is_symlink():
        link.unlink()
    if target.exists() and not link.exists():
        link.symlink_to(target)

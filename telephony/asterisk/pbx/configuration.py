"""Asterisk's configuration files, rendered from typed values. See the package docstring for the whole way."""

from __future__ import annotations

import resource
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from telephony.asterisk.pbx import modules
from telephony.asterisk.pbx.endpoints import AGENTS_FILE, CustomerPhone, Media, address, render_customer
from telephony.asterisk.pbx.install import Installation
from telephony.asterisk.pbx.ports import Ports, free_ports
from telephony.asterisk.pbx.sections import Lines, section

DIALPLAN = Path(__file__).resolve().parent.parent / "dialplan/hotline.conf"
AMI_CLASSES = "system,call,user,agi,dtmf"
AMI_WRITE_CLASSES = "system,call,user,agi,originate,config,reporting"

_LOOPBACK = ("127.0.0.0/8",)
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


@dataclass(frozen=True)
class Trunk:
    """A way in from the telephone network, recognised by the addresses that it calls from.

    `trust_identity` takes the caller's number from P-Asserted-Identity, as carriers send it. `contact` is where calls
    to customers are sent (`sip:host:port`); empty: this trunk takes none.
    """

    name: str = "hotline-trunk"
    match: tuple[str, ...] = ("127.0.0.2",)
    codecs: str = "ulaw,alaw,g722"
    trust_identity: bool = True
    contact: str = ""


@dataclass(frozen=True)
class PbxConfig:
    """Everything that one Asterisk of ours is started from.

    directory: its files, logs and database; survives restarts.
    ami_permit: networks that AMI sessions may come from; empty: this machine, or private networks when AMI listens
    on more than loopback.
    bind_address: of SIP, websocket and media. Other than 127.0.0.1, set `external_address` behind NAT.
    strict_rtp: drop media from unexpected addresses; test callers that play packet files need it off.
    extra: text appended to a configuration file, by file name (`{"extensions.conf": "..."}`), and
    extra_modules: further modules to load; both for benches.
    """

    directory: Path
    ports: Ports = field(default_factory=Ports)
    bind_address: str = "127.0.0.1"
    ami_bind_address: str = "127.0.0.1"
    ami_permit: tuple[str, ...] = ()
    external_address: str = ""
    local_networks: tuple[str, ...] = ()
    ami_user: str = "hotline"
    ami_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    trunks: tuple[Trunk, ...] = (Trunk(),)
    customer_phones: tuple[CustomerPhone, ...] = ()
    language: str = "en"
    strict_rtp: bool = True
    tls_certificate: Path | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    extra_modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "directory", self.directory.absolute())

    @classmethod
    def on_free_ports(cls, directory: Path, **values: object) -> PbxConfig:
        """The same with ports that are free now, for tests and benches."""
        return cls(directory, ports=free_ports(), **values)  # type: ignore[arg-type]

    @property
    def agents_file(self) -> Path:
        """The file of agents' phones that pjsip.conf includes; its writer is telephony."""
        return self.directory / "etc" / AGENTS_FILE

    @property
    def media(self) -> Media:
        """Where endpoints send and receive media."""
        return Media(None if self.bind_address in {"0.0.0.0", "::"} else self.bind_address)  # noqa: S104


@dataclass(frozen=True)
class Places:
    """Directories of one start. `run` is empty and its path short: it holds a socket."""

    config: PbxConfig
    installation: Installation
    run: Path
    data: Path
    certificate: Path | None

    @property
    def etc(self) -> Path:
        """Where the configuration files are written."""
        return self.config.directory / "etc"


def render(places: Places) -> dict[str, str]:
    """Every configuration file's text by its name, without the agents' file."""
    files = {name: builder(places) for name, builder in _BUILDERS.items()}
    for name, text in places.config.extra.items():
        files[name] = files.get(name, "") + "\n" + text.rstrip("\n") + "\n"
    return files


def write(places: Places) -> None:
    """Write the rendered files (readable for the owner only: they hold secrets); keep the agents' file."""
    places.etc.mkdir(parents=True, exist_ok=True)
    for name, text in render(places).items():
        path = places.etc / name
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text)
    if not places.config.agents_file.exists():
        places.config.agents_file.touch(mode=0o600)


def _asterisk(places: Places) -> str:
    base = places.config.directory
    directories = {
        "astetcdir": places.etc,
        "astmoddir": places.installation.module_directory,
        "astvarlibdir": places.data,
        "astdatadir": places.data,
        "astdbdir": base / "db",
        "astkeydir": places.data,
        "astagidir": places.data / "agi-bin",
        "astspooldir": base / "spool",
        "astrundir": places.run,
        "astlogdir": base / "log",
        "astcachedir": base / "cache",
    }
    arrows = "".join(f"{key} => {path}\n" for key, path in directories.items())
    options: Lines = [("hideconnect", True), ("maxfiles", _maximum_files()), ("systemname", "hotline"),
                      ("live_dangerously", False), ("defaultlanguage", places.config.language)]  # fmt: skip
    return f"[directories]\n{arrows}\n{section('options', options)}"


def _maximum_files() -> int:
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 20000)


def _modules(places: Places) -> str:
    present = [name for name in modules.LOADED if (places.installation.module_directory / name).exists()]
    wanted = dict.fromkeys([*present, *places.config.extra_modules])
    return "[modules]\nautoload=no\n" + "".join(f"load={name}\n" for name in wanted)


def ami_user(config: PbxConfig) -> str:
    """The AMI user's section, as it stands in manager.conf or is pasted into another Asterisk's."""
    return section(
        config.ami_user,
        [
            ("secret", config.ami_secret),
            ("deny", "0.0.0.0/0.0.0.0"),
            *(("permit", network) for network in _ami_networks(config)),
            ("read", AMI_CLASSES),
            ("write", AMI_WRITE_CLASSES),
            ("writetimeout", 5000),
        ],
    )


def _ami_networks(config: PbxConfig) -> tuple[str, ...]:
    return config.ami_permit or (_LOOPBACK if config.ami_bind_address == "127.0.0.1" else (*_LOOPBACK, *_PRIVATE))


def _manager(places: Places) -> str:
    config = places.config
    general: Lines = [("enabled", True), ("bindaddr", config.ami_bind_address), ("port", config.ports.ami),
                      ("timestampevents", True), ("displayconnects", False), ("authtimeout", 10),
                      ("allowmultiplelogin", True), ("webenabled", False)]  # fmt: skip
    return section("general", general) + ami_user(config)


def _http(places: Places) -> str:
    config = places.config
    tls: list[tuple[str, object]] = []
    if places.certificate:
        tls = [("tlsenable", True), ("tlsbindaddr", f"{config.bind_address}:{config.ports.wss}"),
               ("tlscertfile", places.certificate)]  # fmt: skip
    general: Lines = [("servername", "Hotline"), ("enabled", True), ("bindaddr", config.bind_address),
                      ("bindport", config.ports.http), ("enable_static", False), ("enable_status", False),
                      ("sessionlimit", 10000), ("session_inactivity", 30000), *tls]  # fmt: skip
    return section("general", general)


def _pjsip(places: Places) -> str:
    config = places.config
    outside: list[tuple[str, object]] = [("local_net", network) for network in config.local_networks]
    if config.external_address:
        outside += [("external_media_address", config.external_address),
                    ("external_signaling_address", config.external_address)]  # fmt: skip
    udp: Lines = [("type", "transport"), ("protocol", "udp"), ("bind", f"{config.bind_address}:{config.ports.sip}"),
                  *outside]  # fmt: skip
    parts = [
        section(
            "global", [("type", "global"), ("user_agent", "Hotline"), ("endpoint_identifier_order", "ip,username")]
        ),
        section("hotline-udp", udp),
        section("hotline-ws", [("type", "transport"), ("protocol", "ws"), ("bind", config.bind_address)]),
        section("hotline-wss", [("type", "transport"), ("protocol", "wss"), ("bind", config.bind_address)]),
        *(_trunk(trunk, config.media) for trunk in config.trunks),
        *(render_customer(phone, config.media) for phone in config.customer_phones),
        f"#tryinclude {AGENTS_FILE}\n",
    ]
    return "\n".join(parts)


def _trunk(trunk: Trunk, media: Media) -> str:
    endpoint: Lines = [("type", "endpoint"), ("context", "hotline-inbound"), ("disallow", "all"),
                       ("allow", trunk.codecs), ("direct_media", False), ("allow_transfer", False),
                       ("dtmf_mode", "auto_info"), ("trust_id_inbound", trunk.trust_identity),
                       ("media_address", media.address),
                       ("bind_rtp_to_media_address", True if media.address else None),
                       ("aors", trunk.name if trunk.contact else None)]  # fmt: skip
    identify: Lines = [("type", "identify"), ("endpoint", trunk.name), *(("match", host) for host in trunk.match)]
    ways_in = section(trunk.name, endpoint) + section(f"{trunk.name}-addresses", identify)
    return ways_in + (section(trunk.name, address(trunk.contact)) if trunk.contact else "")


def _rtp(places: Places) -> str:
    ports = places.config.ports
    return section("general", [("rtpstart", ports.rtp_start), ("rtpend", ports.rtp_end), ("icesupport", True),
                               ("strictrtp", places.config.strict_rtp)])  # fmt: skip


def _extensions(_places: Places) -> str:
    return f"[general]\nstatic=yes\nwriteprotect=yes\n\n#include {DIALPLAN}\n"


def _music(places: Places) -> str:
    return section("default", [("mode", "files"), ("directory", places.data / "moh"), ("sort", "random")])


def _logger(_places: Places) -> str:
    return "[general]\ndateformat=%F %T.%3q\n[logfiles]\nmessages.log => notice,warning,error\n"


def _empty(_places: Places) -> str:
    return "[general]\n"


_UNREAD = (
    "ast_channel_varset_type",
    "ast_rtp_rtcp_sent_type",
    "ast_rtp_rtcp_received_type",
    "ast_security_event_type",
    "agi_exec_start_type",
    "agi_exec_end_type",
)
"""Messages that Asterisk makes for every variable, packet report and sign-in, and that nobody here reads."""


def _stasis(_places: Places) -> str:
    return section("declined_message_types", [("decline", name) for name in _UNREAD])


_DEFAULTS = ("confbridge.conf", "features.conf", "udptl.conf", "ccss.conf")
"""Asterisk complains when these are absent."""

_BUILDERS: dict[str, Callable[[Places], str]] = {
    "asterisk.conf": _asterisk,
    "modules.conf": _modules,
    "manager.conf": _manager,
    "http.conf": _http,
    "pjsip.conf": _pjsip,
    "rtp.conf": _rtp,
    "extensions.conf": _extensions,
    "musiconhold.conf": _music,
    "logger.conf": _logger,
    "stasis.conf": _stasis,
    "pjproject.conf": lambda _places: section("startup", [("type", "startup"), ("log_level", "default")]),
    "acl.conf": lambda _places: "",
    "cdr.conf": lambda _places: "[general]\nenable=no\n",
    "cel.conf": lambda _places: "[general]\nenable=no\n",
    "indications.conf": lambda _places: _INDICATIONS,
    **dict.fromkeys(_DEFAULTS, _empty),
}
_INDICATIONS = (
    "[general]\ncountry=xx\n\n[xx]\ndescription = plain tones\nringcadence = 1000,4000\n"
    "dial = 425\nbusy = 425/500,0/500\nring = 425/1000,0/4000\ncongestion = 425/250,0/250\n"
)

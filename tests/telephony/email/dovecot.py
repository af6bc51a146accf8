"""A real Dovecot of the test's own: from the machine's package mirror, without root, on free ports of loopback."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from core.embedded import places
from core.embedded.debian import PackageSet, Tree, fetch
from core.embedded.ports import any_free
from core.embedded.process import ServerCommand, ServerProcess, wait_until
from tests.telephony.email.smtp import certify

DOVECOT = PackageSet(
    "dovecot",
    ("dovecot-core", "dovecot-imapd"),
    without=("perl", "libperl", "systemd", "login", "passwd", "tzdata", "libc6"),
    minimum_major=2,
    host_suite_only=True,
)
PASSWORD = "correct-horse"
_MODULES = b"/usr/lib/dovecot/modules"
_CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{home}/mail/%u
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
libexec_dir = {libraries}
mail_plugin_dir = {libraries}/modules
import_environment = $import_environment LD_LIBRARY_PATH
auth_mechanisms = plain login
disable_plaintext_auth = no
mail_max_userip_connections = 100
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


class Dovecot:
    """Runs below ``home``. Every user name is an account of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._user = places.server_user()
        self.port, self.tls_port = any_free(), any_free()
        self._short = Path(tempfile.mkdtemp(prefix="hl", dir="/tmp"))  # short: it is written over a compiled-in path
        self._process: ServerProcess | None = None

    @property
    def ca_file(self) -> Path:
        """Whom its clients trust."""
        return self._home / "cert.pem"

    def start(self) -> None:
        """Blocks until it answers."""
        if not self._home.exists():
            self._prepare()
        self._process = ServerProcess(self._command(), self._home.parent / "dovecot.out")
        self._process.start()
        wait_until(self._answers, seconds=20, alive=self._process.alive, what="Dovecot")

    def stop(self) -> None:
        """End it; the mailboxes stay."""
        if self._process is not None:
            self._process.stop()

    def remove(self) -> None:
        """Forget it."""
        self.stop()
        shutil.rmtree(self._short, ignore_errors=True)

    def sign_in(self, user: str) -> imaplib.IMAP4:
        """A connection of somebody else to a mailbox."""
        link = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        link.login(user, PASSWORD)
        link.select("INBOX")
        return link

    def put(self, user: str, *mails: bytes) -> None:
        """New mails in a mailbox."""
        with self.sign_in(user) as link:
            for mail in mails:
                answer, said = link.append("INBOX", "", None, mail)  # type: ignore[arg-type]
                assert answer == "OK", said

    def unread(self, user: str) -> int:
        """How many mails nobody has seen."""
        with self.sign_in(user) as link:
            return len(link.search(None, "UNSEEN")[1][0].split())

    def number_anew(self, user: str) -> None:
        """What a restored mailbox looks like: other numbers for the same mails."""
        box = self._home / "mail" / user
        for name in (
            "dovecot-uidlist",
            "dovecot.index",
            "dovecot.index.log",
            "dovecot.index.cache",
            "dovecot-uidvalidity",
        ):
            (box / name).unlink(missing_ok=True)
        for path in box.glob("dovecot-uidvalidity*"):
            path.unlink()

    def _answers(self) -> bool:
        try:
            imaplib.IMAP4("127.0.0.1", self.port, timeout=5).shutdown()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def _prepare(self) -> None:
        self._home.mkdir(parents=True)
        tree = fetch(DOVECOT)
        _copy(tree, self._home / "tree")
        (self._short / "m").symlink_to(self._libraries / "modules")
        self._short.chmod(0o755)
        _point_at(str(self._short / "m").encode(), self._libraries)
        for name in ("run", "mail"):
            (self._home / name).mkdir()
        certify(self._home / "cert.pem", self._home / "key.pem")
        (self._home / "dovecot.conf").write_text(self._configuration())
        if self._user is not None:
            for path in (self._home, self._home / "key.pem", self._home / "cert.pem", *self._home.glob("run"),
                         *self._home.glob("mail")):  # fmt: skip
                places.own(path, self._user)

    @property
    def _libraries(self) -> Path:
        return self._home / "tree/usr/lib/dovecot"

    def _configuration(self) -> str:
        who = pwd.getpwnam(self._user) if self._user else pwd.getpwuid(os.getuid())
        return _CONFIGURATION.format(
            home=self._home, libraries=self._libraries, port=self.port, tls_port=self.tls_port, password=PASSWORD,
            user=who.pw_name, group=subprocess.check_output(["id", "-gn", who.pw_name], text=True).strip(),
            uid=who.pw_uid, gid=who.pw_gid,
        )  # fmt: skip

    def _command(self) -> ServerCommand:
        tree, configuration = self._home / "tree", str(self._home / "dovecot.conf")
        search = [*(tree / "usr/lib").glob("*-linux-gnu*"), self._libraries, self._libraries / "modules/old-stats"]
        # The server has its settings read by another program at a compiled-in place; so that is started first.
        read = (str(tree / "usr/bin/doveconf"), "-c", configuration, "-m", "master", "-f", "service=master", "-e")
        return ServerCommand(
            "dovecot",
            (*read, str(tree / "usr/sbin/dovecot"), "-F", "-c", configuration),
            environment={"LD_LIBRARY_PATH": ":".join(map(str, search))},
            user=self._user,
        )


def _copy(tree: Tree, target: Path) -> None:
    for part in ("usr/lib", "usr/bin", "usr/sbin"):
        shutil.copytree(tree.root / part, target / part, symlinks=True, ignore=shutil.ignore_patterns("perl*", "git*"))


def _point_at(modules: bytes, libraries: Path) -> None:
    """Dovecot loads its TLS from a path that is compiled in: the copy gets another one, of the same length."""
    for library in (path for path in libraries.glob("*.so*") if not path.is_symlink()):
        content = library.read_bytes()
        library.write_bytes(content.replace(_MODULES + b"\0", modules.ljust(len(_MODULES), b"\0") + b"\0"))

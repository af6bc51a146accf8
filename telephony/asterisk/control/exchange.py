"""What the parts of call control share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.ports import Carrier, CustomerDirectory, OpenDoors, QueueDoors
from telephony.asterisk.calls import Calls
from telephony.asterisk.menu_player import Commands
from telephony.asterisk.pbx_port import Orders
from telephony.entries import Entries
from telephony.facts import Facts


@dataclass(slots=True)
class Exchange:
    """Memory, the two outgoing sides (PBX and database), and the configuration as last read.

    ``entries`` is None until the configuration was read once; callers wait in the PBX until then.
    ``ask_resync`` asks for a comparison of memory, database and PBX, soon.
    """

    orders: Orders
    facts: Facts
    directory: CustomerDirectory
    region: str
    carrier: Carrier | None = None
    """Who decides, if that is in this process."""
    calls: Calls = field(default_factory=Calls)
    commands: Commands = field(default_factory=Commands)
    entries: Entries | None = None
    doors: QueueDoors = field(default_factory=OpenDoors)
    ask_resync: Callable[[], None] = lambda: None

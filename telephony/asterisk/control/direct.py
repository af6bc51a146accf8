"""Numbers that lead straight into a queue are marked in the PBX, so that their callers need not wait for our word."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony.asterisk import actions
from telephony.asterisk.control.exchange import Exchange

MOST = 1000
"""How many spellings are marked at most: trunks choose how they spell a number."""


@dataclass(slots=True)
class DirectNumbers:
    """Learned from the calls themselves, as dialled; a mark that the configuration has overtaken is taken back."""

    exchange: Exchange
    _marked: set[str] = field(default_factory=set)

    def learn(self, dialed: str) -> None:
        """A caller of this number has asked and was sent on: the next need not ask."""
        entries = self.exchange.entries
        if entries is not None and entries.is_direct(dialed) and len(self._marked) < MOST:
            self._marked.add(dialed)
            self.exchange.orders.give(actions.mark_direct(dialed, True))

    def unlearn(self, dialed: str) -> None:
        """This number's callers are to ask us first."""
        self._marked.discard(dialed)
        self.exchange.orders.give(actions.mark_direct(dialed, False))

    def check(self) -> None:
        """The configuration was read anew."""
        entries = self.exchange.entries
        for dialed in list(self._marked):
            if entries is None or not entries.is_direct(dialed):
                self.unlearn(dialed)

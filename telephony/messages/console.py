"""The twin of every provider: nothing leaves the house, the customer's handset reads the conversation itself."""

from __future__ import annotations

from core.message import MessageState
from telephony.messages.accounts import Account
from telephony.messages.port import Outgoing, Sent


class ConsoleProvider:
    """``telephony.messages.port.Provider`` for accounts without credentials: what is sent has arrived."""

    async def send(self, account: Account, outgoing: Outgoing) -> Sent:
        """See the port."""
        return Sent(f"console-{outgoing.message_id}", MessageState.DELIVERED)

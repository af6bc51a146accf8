"""The way into a queue: some are sent on to another one, some are told why they cannot wait, and leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from core import clock
from core.db import UnitOfWork
from core.doors import Admission
from core.interaction import EndReason
from telephony import menu_facts
from telephony.asterisk import actions
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.pbx.prompts import sound_name
from telephony.entries import Entry, QueueRef

_PROMPTS = {EndReason.QUEUE_CLOSED: "queue-closed", EndReason.QUEUE_FULL: "queue-full"}


@dataclass(slots=True)
class Doorway:
    """Asks the queues' doors, and carries out what they say."""

    exchange: Exchange

    def knock(self, interaction_id: UUID, queue: QueueRef) -> Admission:
        """What becomes of somebody who reaches this queue now."""
        return self.exchange.doors.admit(queue.queue_id, interaction_id, clock.now())

    def queue_of(self, admission: Admission, queue: QueueRef) -> QueueRef:
        """The queue that he was let into, when he had reached ``queue``."""
        entries = self.exchange.entries
        return (entries.by_id.get(admission.queue_id) if entries else None) or queue

    def enter(self, call: Call, entry: Entry) -> Entry:
        """The entry as it stands for this call: one straight into a queue that does not let him in leads nowhere."""
        if entry.queue is None:
            return entry
        call.languages = (entry.language,)
        admission = self.knock(call.interaction_id, entry.queue)
        if admission.refused is not None:
            call.stage, call.refused = Stage.LEAVING, admission
            return replace(entry, queue=None)
        return replace(entry, queue=self.queue_of(admission, entry.queue))

    def turn_away(self, call: Call, admission: Admission) -> None:
        """He cannot wait: write it, tell him, hang up."""
        call.stage, call.refused = Stage.LEAVING, admission
        self.write(call)
        self.dismiss(call)

    def write(self, call: Call) -> None:
        """The interaction of a caller who is turned away is over."""
        admission = call.refused
        if admission is None or admission.refused is None:
            return
        queue_id, reason = admission.queue_id, admission.refused

        async def write(work: UnitOfWork) -> None:
            await menu_facts.turned_away(work, call.interaction_id, queue_id, reason)

        self.exchange.facts.put(call.interaction_id, "turned away", write)

    def dismiss(self, call: Call) -> None:
        """Tell him why, and let the PBX hang up; may be done again."""
        reason = call.refused.refused if call.refused else None
        prompt = _PROMPTS.get(reason, "goodbye") if reason else "goodbye"
        sounds = tuple(sound_name(language, prompt) for language in call.languages)
        channel, orders = call.channel.name, self.exchange.orders
        orders.give(actions.mark(channel, "HOTLINE_ID", str(call.interaction_id)))
        orders.give(actions.say_later(channel, sounds))
        orders.give(actions.say_goodbye(channel))

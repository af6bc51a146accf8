"""Every route beside its permission. What is not in this table is not served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web import (
    agent_api,
    callback_api,
    chat_api,
    chat_socket,
    customer_api,
    delivery_api,
    demo_api,
    demo_messages_api,
    desk_socket,
    health_api,
    message_api,
    session_api,
    twilio_api,
    wait_api,
    why_api,
)
from web.permissions import Permission


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    permission: Permission
    handler: Callable[..., Any]
    status: int = 200


WEBSOCKET = "WEBSOCKET"
_P = Permission

ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/session", _P.PUBLIC, session_api.sign_in),
    Route("GET", "/api/session", _P.SIGNED_IN, session_api.read_session),
    Route("DELETE", "/api/session", _P.SIGNED_IN, session_api.end_session, 204),
    Route("PATCH", "/api/me", _P.SIGNED_IN, session_api.change_me),
    Route("GET", "/api/softphone", _P.AGENT, agent_api.softphone),
    Route("POST", "/api/me/presence", _P.AGENT, agent_api.change_my_presence, 204),
    Route("POST", "/api/agents/{agent_id}/presence", _P.SUPERVISOR, agent_api.change_presence, 204),
    # the five below: agents their own, supervisors any (agent_desk.ownership)
    Route("POST", "/api/reservations/{reservation_id}/decline", _P.SIGNED_IN, agent_api.decline, 204),
    Route("POST", "/api/interactions/{interaction_id}/hangup", _P.SIGNED_IN, agent_api.hang_up, 204),
    Route("POST", "/api/interactions/{interaction_id}/outcome", _P.SIGNED_IN, agent_api.conclude),
    Route("GET", "/api/interactions/{interaction_id}/why", _P.SIGNED_IN, why_api.why),
    Route("GET", "/api/interactions/{interaction_id}/wait", _P.SIGNED_IN, wait_api.wait),
    Route("GET", "/api/waits", _P.SUPERVISOR, wait_api.waits),
    Route("POST", "/api/interactions/{interaction_id}/callback", _P.SUPERVISOR, callback_api.ask_callback, 204),
    Route("POST", "/api/interactions/{interaction_id}/cancel", _P.SUPERVISOR, callback_api.cancel, 204),
    Route("POST", "/api/interactions/{interaction_id}/keep-for", _P.SUPERVISOR, callback_api.keep_for, 204),
    Route("POST", "/api/callbacks", _P.SUPERVISOR, callback_api.enter_callback, 201),
    Route("POST", "/api/follow-ups", _P.SIGNED_IN, callback_api.enter_follow_up, 201),
    Route("GET", "/api/customers", _P.SIGNED_IN, customer_api.find),
    Route("GET", "/api/customers/{customer_id}", _P.SIGNED_IN, customer_api.read),
    Route("GET", "/api/customers/{customer_id}/timeline", _P.SIGNED_IN, customer_api.read_timeline),
    # reading, ending and giving away: agents their own, supervisors any
    Route("GET", "/api/conversations/{conversation_id}", _P.SIGNED_IN, message_api.read),
    Route("POST", "/api/conversations/{conversation_id}/messages", _P.AGENT, message_api.write, 201),
    Route(
        "POST",
        "/api/conversations/{conversation_id}/messages/{message_id}/again",
        _P.AGENT,
        message_api.send_again,
        204,
    ),
    Route("POST", "/api/conversations/{conversation_id}/files", _P.AGENT, message_api.upload, 201),
    Route("POST", "/api/conversations/{conversation_id}/read", _P.AGENT, message_api.mark_read, 204),
    Route("POST", "/api/conversations/{conversation_id}/typing", _P.AGENT, message_api.types, 204),
    Route("POST", "/api/interactions/{interaction_id}/accept", _P.AGENT, message_api.accept, 204),
    Route("POST", "/api/interactions/{interaction_id}/end", _P.SIGNED_IN, message_api.end_conversation),
    Route("POST", "/api/interactions/{interaction_id}/hand-over", _P.SIGNED_IN, message_api.hand_over, 204),
    Route("GET", "/api/canned-replies", _P.SIGNED_IN, message_api.canned_replies),
    Route("GET", "/api/files/{file_id}", _P.SIGNED_IN, message_api.download),
    Route("GET", "/api/deliveries/dead", _P.ADMINISTRATOR, delivery_api.dead),
    Route("POST", "/api/deliveries/{delivery_id}/replay", _P.ADMINISTRATOR, delivery_api.replay, 204),
    Route("GET", "/api/chat/{key}", _P.VISITOR, chat_api.describe),
    Route("POST", "/api/chat/{key}/files", _P.VISITOR, chat_api.send_file, 201),
    Route("OPTIONS", "/api/chat/{key}/files", _P.VISITOR, chat_api.preflight, 204),
    Route("GET", "/api/chat/{key}/files/{file_id}", _P.VISITOR, chat_api.fetch_file),
    Route("OPTIONS", "/api/chat/{key}/files/{file_id}", _P.VISITOR, chat_api.preflight_file, 204),
    Route(WEBSOCKET, "/api/chat/{key}/socket", _P.VISITOR, chat_socket.chat),
    Route("GET", "/api/demo/phone", _P.DEMO, demo_api.phone),
    Route("POST", "/api/demo/crm", _P.DEMO, demo_api.receive, 204),
    Route("GET", "/api/demo/crm", _P.DEMO, demo_api.received),
    Route("POST", "/api/demo/messages", _P.DEMO, demo_messages_api.write, 204),
    Route("GET", "/api/demo/messages", _P.DEMO, demo_messages_api.read),
    # Twilio calls these: its signature takes the place of a sign-in, the file's token that of a signature
    Route("POST", "/api/twilio/messages", _P.PUBLIC, twilio_api.message),
    Route("POST", "/api/twilio/status", _P.PUBLIC, twilio_api.status),
    Route("GET", "/api/twilio/files/{token}", _P.PUBLIC, twilio_api.file),
    Route("GET", "/health", _P.PUBLIC, health_api.live),
    Route("GET", "/api/health", _P.PUBLIC, health_api.ready),
    Route("GET", "/api/asyncapi.json", _P.PUBLIC, health_api.describe_desk),
    # authorised in its handler, because a refusal must be told by a close code
    Route(WEBSOCKET, "/api/desk", _P.SIGNED_IN, desk_socket.desk),
)

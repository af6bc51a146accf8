"""Who works at the demo company and how its hotline is set up. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from core.agent import EndpointKind

NAME = "Harbour Logistics"
TIME_ZONE = "Asia/Shanghai"
CONNECTOR = "Demo CRM"
INBOX_PATH = "/api/demo/crm"
"""Where this installation's own demo page receives the webhooks."""
CHAT_KEY = "demo"
"""The site key of the chat widget on the demo page."""
CHAT_QUEUE = "shipments"
CHAT_TEXTS = {
    "en": {"title": "Harbour Logistics", "greeting": "Hello! Ask us about your shipment."},
    "zh-CN": {"title": "海港物流", "greeting": "您好！请问您想查询哪票货物？"},
}

_SPACE = UUID("6b1ff0a6-3f3b-5c07-9b63-2b6f3a2a4d11")


@cache
def demo_id(kind: str, code: str) -> UUID:
    """The fixed id of a part of the demo company."""
    return uuid5(_SPACE, f"{kind}/{code}")


@dataclass(frozen=True, slots=True)
class DemoSkill:
    """Something that agents are good at."""

    code: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class DemoQueue:
    """A queue with its direct number. ``required``: skill to minimum level."""

    code: str
    name_en: str
    name_zh: str
    number: str
    required: dict[str, int]
    target_seconds: int
    wrap_up_seconds: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """An agent with a browser phone. ``skills``: skill to level; ``queues``: where the agent serves."""

    code: str
    name: str
    language: str
    queues: tuple[str, ...]
    skills: dict[str, int] = field(default_factory=dict)
    endpoint_kind: EndpointKind = EndpointKind.WEBRTC


SKILLS = (
    DemoSkill("shipments", "Shipments", "货物查询"),
    DemoSkill("complaints", "Complaints", "投诉处理"),
    DemoSkill("business", "Business accounts", "企业客户"),
    DemoSkill("english", "English", "英语"),
    DemoSkill("mandarin", "Mandarin", "普通话"),
)
MAIN_NUMBER = "+442079460100"
"""From a range that the numbering authority keeps for fiction, as all numbers of the demo company."""
QUEUES = (
    DemoQueue("shipments", "Shipments", "货物查询", "+442079460101", {"shipments": 1}, 20, 30),
    DemoQueue("complaints", "Complaints", "投诉", "+442079460102", {"complaints": 2}, 30, 60),
    DemoQueue("business", "Business accounts", "企业客户", "+442079460103", {"business": 3}, 15, 45, 5),
)
_S, _C, _B = "shipments", "complaints", "business"
WAITING: dict[str, Any] = {
    "announce": {"after_seconds": 20, "every_seconds": 45, "say": "both"}, "callback_after_seconds": 35,
}  # fmt: skip
"""What callers of each queue hear while they wait: place and wait, and that they may be called back."""
AGENTS = (
    DemoAgent("lin", "Lin Yue 林悦", "zh", (_S, _C), {_S: 4, _C: 3, "english": 4, "mandarin": 5}),
    DemoAgent("marta", "Marta Keller", "en", (_S, _C), {_S: 4, _C: 4, "english": 5}),
    DemoAgent("zhao", "Zhao Lei 赵磊", "zh", (_S, _B), {_S: 5, _B: 4, "mandarin": 5, "english": 3}),
    DemoAgent("owen", "Owen Barrett", "en", (_S, _B), {_S: 3, _B: 3, "english": 5}),
    DemoAgent("chen", "Chen Jia 陈佳", "zh", (_S, _C), {_S: 3, _C: 2, "mandarin": 5, "english": 4}),
    DemoAgent("priya", "Priya Nair", "en", (_S, _C, _B), {_S: 4, _C: 5, _B: 4, "english": 5}),
    DemoAgent("wu", "Wu Hao 吴昊", "zh", (_S,), {_S: 2, "mandarin": 5}),
    DemoAgent("elena", "Elena Soto", "en", (_S,), {_S: 3, "english": 4}),
    DemoAgent("tang", "Tang Xin 唐欣", "zh", (_S, _C), {_S: 4, _C: 4, "mandarin": 5, "english": 3}),
    DemoAgent("jonas", "Jonas Weber", "en", (_S, _B), {_S: 4, _B: 5, "english": 5}),
    DemoAgent("mei", "Mei Tan 谭梅", "zh", (_C, _B), {_C: 3, _B: 3, "mandarin": 5, "english": 5}),
    DemoAgent("daniel", "Daniel Okoro", "en", (_S,), {_S: 1, "english": 5}),
)
SUPERVISOR = ("supervisor", "Grace Hoffmann")
ADMINISTRATOR = ("admin", "Administrator")
OWNERS = tuple(agent.code for agent in AGENTS if _B in agent.queues)
"""Agents who look after customers of the higher tiers."""

OUTCOMES = (
    ("shipment", None, "Shipment", "货物"),
    ("shipment.tracked", "shipment", "Told where it is", "已告知货物位置"),
    ("shipment.rescheduled", "shipment", "Delivery rescheduled", "已改约派送"),
    ("shipment.address", "shipment", "Address corrected", "已更正地址"),
    ("shipment.claim", "shipment", "Loss or damage reported", "报损报失"),
    ("complaint", None, "Complaint", "投诉"),
    ("complaint.solved", "complaint", "Solved on the call", "当场解决"),
    ("complaint.passed", "complaint", "Passed to the site", "已转网点处理"),
    ("complaint.goodwill", "complaint", "Goodwill granted", "已给予补偿"),
    ("business", None, "Business account", "企业账户"),
    ("business.quote", "business", "Quote requested", "询价"),
    ("business.invoice", "business", "Question about an invoice", "账单问题"),
    ("business.contract", "business", "Contract changed", "合同变更"),
    ("other", None, "Something else", "其他"),
    ("other.wrong_number", "other", "Wrong number", "拨错号码"),
    ("other.no_one_there", "other", "Nobody spoke", "无人应答"),
    ("other.information", "other", "General information", "一般咨询"),
)
"""(code, parent, English, Chinese) in the order of display."""

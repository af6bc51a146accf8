"""The demo company's numbers for messages, how many its agents serve at once, and what they often say. Pure data."""

from __future__ import annotations

SMS_NUMBER = "+442079460110"
WHATSAPP_NUMBER = "+442079460111"
"""From the same range for fiction as its numbers for calls."""
ACCOUNTS = (("sms", SMS_NUMBER), ("whatsapp", WHATSAPP_NUMBER))
QUEUE = "shipments"
PER_SECOND = 10
CAPACITY = {"sms": 3, "whatsapp": 3, "chat": 3, "email": 5}
CANNED_REPLIES = (
    (
        "hello",
        "Hello {customer.name}, this is {agent.name}. How can I help?",
        "{customer.name}，您好，我是{agent.name}，请问有什么可以帮您？",
    ),
    ("number", "Could you send me the shipment number, please?", "请您把运单号发给我好吗？"),
    ("look", "One moment please, I am looking it up.", "请稍等，我正在为您查询。"),
    ("today", "Your shipment is on its way and will arrive today.", "您的货物正在派送中，今天送达。"),
    (
        "sorry",
        "I am sorry for the trouble. I have passed it to the site and will write to you by tonight.",
        "给您带来不便，非常抱歉。我已转交网点处理，今晚之前给您回复。",
    ),
    ("bye", "Glad to help. Have a good day!", "很高兴能帮到您，祝您生活愉快！"),
)
"""(code, English, Chinese)"""

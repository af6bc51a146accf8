"""What we say by ourselves: texts of an account (``settings.texts.<kind>.<language>``), or our own. Pure."""

from __future__ import annotations

from telephony.messages.accounts import Account

_TEXTS = {
    "stop": {
        "en": "{name}: you will get no more messages from this number. Reply START to get them again.",
        "zh": "【{name}】您已退订，将不再收到此号码的消息。回复“开始”可重新订阅。",
    },
    "start": {
        "en": "{name}: you will get our messages again. Reply HELP for help, STOP to end them.",
        "zh": "【{name}】您已重新订阅。回复“帮助”获取帮助，回复“退订”停止接收。",
    },
    "help": {
        "en": "{name}: write your question here and one of our team will answer. Reply STOP to get no more messages.",
        "zh": "【{name}】请直接在此留言，我们的客服会回复您。回复“退订”停止接收消息。",
    },
    "closed": {
        "en": "{name}: thank you for your message. Nobody is here right now; we will answer as soon as we are back.",
        "zh": "【{name}】感谢您的来信。我们现在暂时无法回复，恢复服务后会尽快答复您。",
    },
}
_HAN = range(0x4E00, 0xA000)


def text_of(account: Account, kind: str, language: str) -> str:
    """The words for ``kind`` in ``language`` (``en``, ``zh`` …), English where there are none."""
    short = language.partition("-")[0].lower()
    own = account.settings.get("texts", {}).get(kind, {})
    own_text = own.get(short) or own.get("en")
    if own_text and (short in own or short not in _TEXTS[kind]):
        return str(own_text)
    name = account.name or account.address
    return _TEXTS[kind].get(short, _TEXTS[kind]["en"]).format(name=name)


def language_for(account: Account, known: str | None, body: str) -> str:
    """What the customer reads: as is known of him, else as he writes, else as the account does."""
    if known:
        return known
    if any(ord(ch) in _HAN for ch in body):
        return "zh"
    return str(account.settings.get("language", "en"))

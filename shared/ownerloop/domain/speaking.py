"""In which language an owner is spoken to, and under whose name."""

from collections.abc import Container

from ownerloop.domain.plans import Store

SENDERS = {
    "zh": "【{store}】",
    "en": "[{store}]",
}  # a text begins with who sends it (Consumer Protection Law 29)
FALLBACK_LANGUAGE = "zh"  # for an owner whose language nobody wrote texts in


def spoken(language: str, written_in: Container[str]) -> str:
    """Return the language of the text for an owner of a language: `en-GB` is `en`, one without texts gets Chinese."""
    plain = language.partition("-")[0].lower()
    return plain if plain in written_in else FALLBACK_LANGUAGE


def sender_of(store: Store, language: str) -> str:
    """Return the store's name in a language."""
    return store.name_zh if language == "zh" else store.name_en


def begins_with_sender(text: str) -> bool:
    """Return whether a text begins with the place where its sender's name goes."""
    return text.startswith(tuple(SENDERS.values()))

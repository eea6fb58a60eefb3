"""Points as they are often kept: one counter, each message once. Kept to show that orders of delivery change it."""

from ownerloop.domain.interactions import Interaction, Purchase, Refund

FEN_PER_POINT = 1_000


class NaivePoints:
    """A balance that purchases raise and refunds lower, never below zero; messages are told apart by their id."""

    def __init__(self) -> None:
        self.balance = 0
        self._seen: set[str] = set()

    def take(self, message_id: str, interaction: Interaction) -> None:
        """Move the balance by what the message says, unless the message was seen."""
        if message_id in self._seen:
            return
        self._seen.add(message_id)
        match interaction:
            case Purchase():
                self.balance += interaction.amount_fen // FEN_PER_POINT
            case Refund():
                self.balance = max(0, self.balance - interaction.amount_fen // FEN_PER_POINT)
            case _:
                return

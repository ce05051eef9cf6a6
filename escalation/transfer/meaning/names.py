"""How people are called in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from escalation.domain.model import Recipient
from escalation.time_words import both
from escalation.transfer.document import User
from escalation.transfer.worlds import user_id
from scaling.text import single_line

_MOST_PEOPLE: Final = 4


class Names:
    """The names of people, with their address where two have one name; of those without a name, the address."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users: Mapping[Recipient, User] = {user_id(user.key): user for user in users}
        self._bearers = Counter(map(_full_name, self._users.values()))
        self._known: dict[Recipient, str] = {}

    def of(self, user: Recipient) -> str:
        """Return the name of one."""
        if user not in self._known:
            self._known[user] = self._named(user)
        return self._known[user]

    def of_all(self, users: Sequence[Recipient]) -> str:
        """Return the names of several, "nobody" where there are none; of many the first, and how many more."""
        names = [self.of(user) for user in users[:_MOST_PEOPLE]]
        more = len(users) - len(names)
        return both([*names, f"{more} more"] if more else names) if names else "nobody"

    def _named(self, recipient: Recipient) -> str:
        user = self._users.get(recipient)
        if user is None:
            return "somebody unknown"
        full, email = single_line(_full_name(user)), single_line(user.email)
        if not full:
            return email
        return full if self._bearers[_full_name(user)] == 1 else f"{full} ({email})"


def _full_name(user: User) -> str:
    return f"{user.first_name} {user.last_name}".strip()

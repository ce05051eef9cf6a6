"""The people of a bundle: those it lists, and those who are named though they are gone.

Whoever is gone keeps their turns, for without them everybody else's would fall on other days. They are members who are
not paged, under an address that no mail reaches, ``pu0009@pagerduty.invalid``, as theirs is not known any more.
"""

from __future__ import annotations

from escalation.transfer.document import User
from escalation.transfer.findings import Code
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part
from escalation.transfer.foreign.naming import person_names
from escalation.transfer.keys import key_of_name


class People:
    """Everybody of a bundle."""

    def __init__(self, ledger: Ledger, source: str) -> None:
        self._ledger = ledger
        self._source = source
        self._users: dict[str, User] = {}
        self._told: set[tuple[str, str]] = set()

    @property
    def users(self) -> tuple[User, ...]:
        """All of them, once everything that names some has been read."""
        return tuple(self._users.values())

    def add(self, user: User) -> None:
        """Take somebody whom the bundle lists."""
        self._users[user.key] = user

    def is_inactive(self, key: str) -> bool:
        """Tell whether somebody has that key who is not paged."""
        user = self._users.get(key)
        return user is not None and not user.active

    def key(self, identifier: str) -> str:
        """Return the key of the person that the product calls ``identifier``, also where nobody has it."""
        return self._ledger.key("users", identifier)

    def serving(self, part: Part, item: Item, identifier: str, name: str = "", email: str = "") -> str:
        """Return the key of somebody who takes turns or stands in, in a schedule; ``item`` names them.

        Who is gone is kept, by the ``email`` where that is known still, and told once for each schedule.
        """
        if self._ledger.found("users", identifier) is None:
            self._keep(item, identifier, name, email)
        key = self.key(identifier)
        if self.is_inactive(key) and (part.key, key) not in self._told:
            self._told.add((part.key, key))
            email = self._users[key].email
            message = (
                f"names {name or email}, who is not there any more. Their turns stay, and nobody is paged in them."
            )
            part.lossy(Code.USER_MISSING_IN_ROTATION, message, path=item.path, was=identifier, now=email)
        return key

    def _keep(self, item: Item, identifier: str, name: str, email: str) -> None:
        email = email or f"{key_of_name(identifier)}@{self._source}.invalid"
        part = self._ledger.user("user", item, email=email, name=name, identifier=identifier)
        first_name, last_name = person_names(name)
        self.add(User(key=part.key, email=email, first_name=first_name, last_name=last_name, active=False))

"""Users of a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokligence._operation import Operation
from tokligence._reading import record_of
from tokligence.records import User

if TYPE_CHECKING:
    from tokligence._desk import Desk


@dataclass(frozen=True)
class Users:
    """Makes, lists, changes and erases users; `who` is an id, an e-mail address or a unique name."""

    desk: Desk

    def create(self, email: str, *, name: str | None = None, role: str | None = None) -> User:
        """Make a user; without a name it is made of the address."""
        shown = {"role": role} if name is None else {"email": email, "role": role}
        told = {"email": email, "name": name, "role": role}
        return self._one(Operation("user create", "POST /users", (name or email,), shown, told))

    def list(self, *, status: str | None = None) -> tuple[User, ...]:
        """Give all users, or only the active or inactive ones, oldest first."""
        operation = Operation("user list", "GET /users", flags={"status": status}, fields={"status": status})
        return tuple(record_of(User, answer) for answer in self.desk.ask(operation))

    def get(self, who: str) -> User:
        """Give one user."""
        return self._one(Operation("user show", "GET /users/{}", (who,)))

    def update(
        self,
        who: str,
        *,
        email: str | None = None,
        name: str | None = None,
        role: str | None = None,
        status: str | None = None,
    ) -> User:
        """Change what is named; keys of an inactive user stop working at once."""
        change = {"email": email, "name": name, "role": role, "status": status}
        return self._one(Operation("user update", "PATCH /users/{}", (who,), change, change))

    def delete(self, who: str) -> User:
        """Erase a user for ever: keys end, name and e-mail are forgotten, the books keep the bare id."""
        return self._one(Operation("user delete", "DELETE /users/{}", (who,), {"yes": True}))

    def _one(self, operation: Operation) -> User:
        return record_of(User, self.desk.ask(operation)[0])

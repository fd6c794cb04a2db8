"""Teams of a gateway and their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokligence._operation import Operation
from tokligence._policy import policy_fields, policy_flags
from tokligence._reading import record_of, team_of
from tokligence.records import Member

if TYPE_CHECKING:
    from tokligence._desk import Desk
    from tokligence.records import KeyPolicy, Team


@dataclass(frozen=True)
class Teams:
    """Makes, lists, changes and removes teams; `team` is an id or a name, `who` an id, e-mail or unique name."""

    desk: Desk

    def create(self, name: str, *, policy: KeyPolicy | None = None) -> Team:
        """Make a team; the policy is what its new keys start from and may not go beyond."""
        fields = {"name": name, "key_policy": policy_fields(policy) or None}
        return self._one(Operation("team create", "POST /teams", (name,), policy_flags(policy), fields))

    def list(self) -> tuple[Team, ...]:
        """Give the teams by name."""
        return tuple(team_of(answer) for answer in self.desk.ask(Operation("team list", "GET /teams")))

    def get(self, team: str) -> Team:
        """Give one team."""
        return self._one(Operation("team show", "GET /teams/{}", (team,)))

    def update(self, team: str, *, name: str | None = None, policy: KeyPolicy | None = None) -> Team:
        """Change the name of a team, or what the policy names of the policy of its new keys."""
        flags = {"name": name, **policy_flags(policy)}
        fields = {"name": name, "key_policy": policy_fields(policy) or None}
        return self._one(Operation("team update", "PATCH /teams/{}", (team,), flags, fields))

    def delete(self, team: str) -> Team:
        """Remove a team; refused while it has keys that work."""
        return self._one(Operation("team delete", "DELETE /teams/{}", (team,)))

    def members(self, team: str) -> tuple[Member, ...]:
        """Give the members of a team."""
        operation = Operation("team member list", "GET /teams/{}/members", (team,))
        return tuple(record_of(Member, answer) for answer in self.desk.ask(operation))

    def add_member(self, team: str, who: str, *, role: str | None = None) -> Member:
        """Put a user into a team, or change the role there: admin or member; no role means member."""
        told: dict[str, Any] = {"role": role}
        return self._member(Operation("team member add", "PUT /teams/{}/members/{}", (team, who), told, told))

    def remove_member(self, team: str, who: str) -> Member:
        """Take a user out of a team; the keys that the user has in the team end."""
        return self._member(Operation("team member remove", "DELETE /teams/{}/members/{}", (team, who)))

    def _one(self, operation: Operation) -> Team:
        return team_of(self.desk.ask(operation)[0])

    def _member(self, operation: Operation) -> Member:
        return record_of(Member, self.desk.ask(operation)[0])

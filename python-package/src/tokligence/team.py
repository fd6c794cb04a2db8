"""Teams in two words: make one, add people and hand out their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokligence.errors import RefusedError
from tokligence.gateway import Gateway
from tokligence.records import NewMember

if TYPE_CHECKING:
    from tokligence.gateway import Administration
    from tokligence.records import KeyPolicy, Member, Team, User

__all__ = ["add_member", "create_team"]


def create_team(name: str, *, policy: KeyPolicy | None = None, gateway: Administration | None = None) -> Team:
    """Make a team at this machine's gateway, or at the one named."""
    return (gateway or Gateway()).teams.create(name, policy=policy)


def add_member(
    team: str,
    email: str,
    *,
    name: str | None = None,
    role: str | None = None,
    key_name: str = "member",
    gateway: Administration | None = None,
) -> NewMember:
    """Put somebody into a team, as a new user if the address is new, and make a key of the team for them.

    Without a role a new member is a member, and whoever is in the team already stays what they are.
    """
    desk = gateway or Gateway()
    user = _user(desk, email, name)
    member = _member(desk, team, user, role)
    key = desk.keys.create(user.id, name=key_name, team=team)
    return NewMember(**vars(member), api_key=key.key)


def _user(desk: Administration, email: str, name: str | None) -> User:
    try:
        return desk.users.get(email)
    except RefusedError:
        # Not there; whatever else was in the way refuses this too.
        return desk.users.create(email, name=name)


def _member(desk: Administration, team: str, user: User, role: str | None) -> Member:
    if role is None:
        for member in desk.teams.members(team):
            if member.user_id == user.id:
                return member
    return desk.teams.add_member(team, user.id, role=role)

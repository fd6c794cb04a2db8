"""Users, teams, keys and books: of a gateway that is stopped, that runs, and over its REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from urllib.request import Request, urlopen

import pytest

from tokligence import (
    Daemon,
    Gateway,
    KeyPolicy,
    RefusedError,
    RemoteGateway,
    UsageError,
)
from tokligence.gateway import Administration
from tokligence.team import add_member, create_team


def root_key() -> str:
    return Gateway().keys.create("root@localhost", name="test", scopes=["all"]).key


@pytest.fixture(params=["stopped", "running", "remote"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Administration]:
    """The same gateway, asked in three ways."""
    if request.param == "stopped":
        yield Gateway()
        return
    with Daemon(port=0) as daemon:
        yield Gateway() if request.param == "running" else RemoteGateway(daemon.base_url, root_key())


def test_users_are_made_listed_changed_and_erased(gateway: Administration) -> None:
    ada = gateway.users.create("ada@example.com", name="Ada L.", role="gateway_admin")
    bob = gateway.users.create("bob@example.com")
    assert gateway.users.update(ada.id, name="Ada\u2028L.").name == "Ada\u2028L."
    ada = gateway.users.update(ada.id, name="Ada L.")
    assert (ada.name, ada.role, ada.status) == ("Ada L.", "gateway_admin", "active")
    assert (bob.name, bob.role) == ("bob", "gateway_user")
    assert gateway.users.get("ada@example.com") == ada
    changed = gateway.users.update(bob.id, name="--bob", status="inactive")
    assert changed.status == "inactive"
    assert changed in gateway.users.list(status="inactive")
    assert gateway.users.delete(bob.id).id == bob.id
    assert [user.email for user in gateway.users.list(status="active") if user.role != "root_admin"] == [ada.email]


def test_keys_are_shown_once_and_rotated_and_revoked(gateway: Administration) -> None:
    ada = gateway.users.create("ada@example.com")
    until = datetime.now(timezone.utc) + timedelta(days=90)
    policy = KeyPolicy(requests_per_minute=60, models=("loopback", "gpt-*"), priority=3)
    made = gateway.keys.create(ada.id, name="ci", labels=["project=a", "b"], expires_at=until, policy=policy)
    assert made.key.startswith("tok_")
    assert made.key not in repr(made)
    assert (made.requests_per_minute, made.models, made.labels) == (60, ("loopback", "gpt-*"), ("project=a", "b"))
    assert made.expires_at is not None
    assert made.expires_at[:19] == until.isoformat()[:19]
    assert [key.id for key in gateway.keys.list(label="b")] == [made.id]
    turned = gateway.keys.rotate(made.id, overlap=timedelta(minutes=5))
    assert turned.id == made.id
    assert turned.key != made.key
    assert gateway.keys.revoke(made.id).status == "revoked"
    assert gateway.keys.get(made.id).revoked_at is not None


def test_teams_have_members_and_a_policy(gateway: Administration) -> None:
    team = gateway.teams.create("search", policy=KeyPolicy(tier="partner"))
    assert team.key_policy == KeyPolicy(tier="partner")
    ada = gateway.users.create("ada@example.com")
    assert gateway.teams.add_member("search", ada.email, role="admin").role == "admin"
    assert [member.email for member in gateway.teams.members(team.id)] == [ada.email]
    assert gateway.teams.update(team.id, name="find").name == "find"
    assert gateway.teams.get("find").members == 1
    assert gateway.teams.remove_member(team.id, ada.id).user_id == ada.id
    assert [found.name for found in gateway.teams.list()] == ["find"]
    assert gateway.teams.delete(team.id).id == team.id
    assert gateway.teams.list() == ()


def test_a_member_comes_with_a_key_of_the_team(gateway: Administration) -> None:
    team = create_team("Engineering", gateway=gateway)
    gateway.users.create("ada@example.com", name="Ada")
    known = add_member(team.id, "ada@example.com", gateway=gateway)
    fresh = add_member(team.id, "bob@example.com", name="Bob", role="admin", gateway=gateway)
    assert (known.name, known.role, fresh.name, fresh.role) == ("Ada", "member", "Bob", "admin")
    assert known.api_key.startswith("tok_")
    assert known.api_key not in repr(known)
    assert {key.user_id for key in gateway.keys.list(team="Engineering")} == {known.user_id, fresh.user_id}


def test_a_second_key_leaves_the_role_in_the_team_as_it_is(gateway: Administration) -> None:
    create_team("Engineering", gateway=gateway)
    add_member("Engineering", "ada@example.com", role="admin", gateway=gateway)
    again = add_member("Engineering", "ada@example.com", key_name="second", gateway=gateway)
    assert (again.role, gateway.teams.members("Engineering")[0].role) == ("admin", "admin")
    assert {key.name for key in gateway.keys.list(user=again.user_id)} == {"member", "second"}
    assert add_member("Engineering", "ada@example.com", role="member", gateway=gateway).role == "member"


def test_refusals_are_in_the_gateways_words(gateway: Administration) -> None:
    gateway.users.create("ada@example.com")
    with pytest.raises(RefusedError, match=r"A user with the e-mail ada@example\.com exists already"):
        gateway.users.create("ada@example.com")
    with pytest.raises(UsageError, match="begins with a letter or digit"):
        gateway.teams.create("--json")
    with pytest.raises(RefusedError, match='There is no user "a/b"'):
        gateway.users.get("a/b")


def test_a_list_never_means_more_than_it_says(gateway: Administration) -> None:
    with pytest.raises(UsageError):
        gateway.keys.create("root@localhost", name="ci", labels=["a,b"])
    with pytest.raises(TypeError, match=r"labels: \['ci'\], not 'ci'"):
        gateway.keys.create("root@localhost", name="ci", labels="ci")
    with pytest.raises(TypeError, match=r"by: \['day'\], not 'day'"):
        gateway.usage.summary("day")
    policy = KeyPolicy(models=("none",))
    if isinstance(gateway, RemoteGateway):
        assert gateway.keys.create("root@localhost", name="ci", policy=policy).models == ("none",)
        return
    # A command would take it for no list at all.
    with pytest.raises(UsageError):
        gateway.keys.create("root@localhost", name="ci", policy=policy)


def test_the_books_tell_who_used_what(running: Daemon) -> None:
    key = add_member(create_team("search").id, "ada@example.com").api_key
    for text in ("one", "two three"):
        ask(running.base_url, key, text)
    remote = RemoteGateway(running.base_url, root_key())
    assert Gateway().usage.summary() == remote.usage.summary()
    assert Gateway().usage.logs() == remote.usage.logs()
    [total] = remote.usage.summary(by=["team", "model"], team="search")
    assert (total.requests, total.model, total.provider) == (2, "loopback", None)
    newest, oldest = remote.usage.logs(user="ada@example.com")
    assert newest.output_tokens is not None
    assert oldest.output_tokens is not None
    assert newest.output_tokens > oldest.output_tokens
    assert remote.usage.logs(limit=1) == (newest,)
    assert remote.usage.logs(request_id=oldest.request_id) == (oldest,)
    assert Gateway().usage.logs(since=datetime.now() + timedelta(minutes=5)) == ()
    with pytest.raises(TypeError, match="there is no filter 'colour'"):
        remote.usage.logs(colour="red")


def test_long_lists_come_whole(running: Daemon) -> None:
    remote = RemoteGateway(running.base_url, root_key())
    for number in range(101):
        remote.teams.create(f"team {number:03}")
    assert len(remote.teams.list()) == len(Gateway().teams.list()) == 101


def ask(base_url: str, key: str, text: str) -> None:
    body = {"model": "loopback", "messages": [{"role": "user", "content": text}]}
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    with urlopen(Request(f"{base_url}/v1/chat/completions", json.dumps(body).encode(), headers), timeout=30) as answer:
        assert answer.status == 200

"""Who belongs to a business: invitations, roles, leaving; and what is written down of it."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.tenants import team
from reference_app.tenants.models import Invitation, Membership, Merchant, User

pytestmark = pytest.mark.django_db
LAN = "lan@example.vn"


def invited(client: Client, email: str = LAN, role: str = "staff") -> str:
    """Let the owner invite somebody; returns the path of the link in the mail."""
    mail.outbox.clear()
    client.post("/settings/team/invite/", {"email": email, "role": role})
    found = re.search(r"/accounts/invitations/\S+", mail.outbox[0].body)
    assert found
    return found[0]


@pytest.fixture
def lan(db: None) -> User:
    """Return somebody with an account and a verified address, but without a business here."""
    user = User.objects.create_user(LAN)
    user.trust_email()
    return user


def verbs() -> list[str]:
    """Return what the audit log has, oldest first."""
    return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def test_an_invitation_is_accepted_by_who_is_logged_in(browser_of: Client, lan: User) -> None:
    """The link shows what is offered; accepting makes a member with that role, once."""
    path = invited(browser_of)
    client = Client()
    client.force_login(lan)
    assert "Tiệm Sen" in client.get(path).content.decode()
    assert client.post(path).headers["Location"] == "/"
    assert (Membership.objects.get(user=lan).role, verbs()) == ("staff", ["invite", "join"])
    assert client.post(path).status_code == 404


def test_an_invitation_is_accepted_by_signing_up(browser_of: Client) -> None:
    """A newcomer is asked for no business and no code: the link came by mail to that address."""
    path = invited(browser_of, role="reader")
    client = Client()
    client.get(path)
    page = client.get(f"/accounts/signup/?next={path}")
    assert "merchant_name" not in page.context["form"].fields
    form = {"email": LAN, "password1": "hoa-lan-tim-9", "next": path, "accept": "on"}
    assert client.post("/accounts/signup/", form).headers["Location"] == path
    client.post(path)
    member = Membership.objects.get(user__email=LAN)
    assert (member.role, member.merchant.name, Merchant.objects.count()) == (
        "reader", "Tiệm Sen", 1,
    )  # fmt: skip


def test_signing_up_with_another_address_needs_its_own_code(browser_of: Client) -> None:
    """The invitation vouches for its own address; a sign-up beside it is like any other."""
    path = invited(browser_of)
    client, beside = Client(), Client()
    client.get(path), beside.get(path)
    form = {"email": "cuop@example.vn", "password1": "hoa-lan-tim-9", "merchant_name": "Tiệm Cướp"}
    form["accept"] = "on"
    client.post("/accounts/signup/", {**form, "next": path})
    assert [user.email for user in User.objects.exclude(email="sen@example.vn")] == [LAN]
    assert beside.post("/accounts/signup/", form).headers["Location"] == "/accounts/confirm-email/"


def test_an_invitation_is_for_its_address_only(browser_of: Client, other: Merchant) -> None:
    """Somebody else who got hold of the link gets nowhere with it."""
    path = invited(browser_of)
    thief = Client()
    thief.force_login(User.objects.get(memberships__merchant=other))
    assert thief.post(path).status_code == 409
    assert Membership.objects.filter(merchant__name="Tiệm Sen").count() == 1


def test_what_makes_an_invitation_worthless(
    browser_of: Client, lan: User, merchant: Merchant
) -> None:
    """Withdrawn, replaced, too old, forged: none of them lets anybody in."""
    first = invited(browser_of)
    second = invited(browser_of)  # replaces the first
    made = Invitation.objects.get(withdrawn_at=None)
    client = Client()
    client.force_login(lan)
    forged = second[:-2] + ("A/" if second[-2] != "A" else "B/")
    assert [client.get(path).status_code for path in (first, forged, second)] == [404, 404, 200]
    late = made.expires_at + timedelta(seconds=1)
    assert team.find(second.split("/")[3], late) is None
    browser_of.post(f"/settings/team/invitations/{made.pk}/withdraw/")
    assert client.post(second).status_code == 404
    assert (lan.memberships.count(), verbs()) == (0, ["invite", "invite", "withdraw"])
    digests = Invitation.objects.values_list("digest", flat=True)
    assert not any(digest in first + second for digest in digests)


def test_a_member_is_not_invited_again(browser_of: Client, owner: User) -> None:
    """Inviting who is a member says so and sends nothing."""
    reply = browser_of.post("/settings/team/invite/", {"email": "SEN@example.vn", "role": "staff"})
    assert (reply.status_code, len(mail.outbox)) == (422, 0)


def test_a_removed_member_is_out_at_once(browser_of: Client, lan: User, merchant: Merchant) -> None:
    """Removing ends the person's sessions, wherever they are."""
    place = Membership.objects.create(user=lan, merchant=merchant, role="staff")
    client = Client()
    client.force_login(lan)
    assert client.get("/orders/").status_code == 200
    browser_of.post(f"/settings/team/{place.pk}/remove/")
    assert client.get("/orders/").headers["Location"].startswith("/accounts/login/")
    assert verbs() == ["remove"]


def test_a_role_changes_at_once(browser_of: Client, lan: User, merchant: Merchant) -> None:
    """The next request already has the new rights; the log names both roles."""
    place = Membership.objects.create(user=lan, merchant=merchant, role="staff")
    client = Client()
    client.force_login(lan)
    browser_of.post(f"/settings/team/{place.pk}/role/", {"role": "owner"})
    assert client.get("/settings/audit/").status_code == 200
    browser_of.post(f"/settings/team/{place.pk}/role/", {"role": "emperor"})
    assert Entry.objects.get().detail == "staff > owner"


def test_the_last_owner_stays(browser_of: Client, owner: User, lan: User) -> None:
    """The last owner can neither leave, nor be removed, nor step down; with another they can."""
    place = owner.memberships.get()
    browser_of.post("/settings/team/leave/")
    browser_of.post(f"/settings/team/{place.pk}/remove/")
    browser_of.post(f"/settings/team/{place.pk}/role/", {"role": "reader"})
    place.refresh_from_db()
    assert (place.role, verbs()) == ("owner", [])
    Membership.objects.create(user=lan, merchant=place.merchant, role="owner")
    browser_of.post("/settings/team/leave/")
    assert (owner.memberships.count(), verbs()) == (0, ["leave"])


@pytest.mark.parametrize("role", ["staff", "reader"])
def test_only_owners_change_the_team(role: str, owner: User, lan: User, merchant: Merchant) -> None:
    """Others see who is there, and are refused every act but leaving."""
    Membership.objects.create(user=lan, merchant=merchant, role=role)
    place = owner.memberships.get()
    made, _ = team.invite(merchant, owner, "x@example.vn", "staff", timezone.now())
    client = Client()
    client.force_login(lan)
    page = client.get("/settings/team/").content.decode()
    assert ("sen@example.vn" in page, "x@example.vn" in page) == (True, False)
    posts = [
        client.post(f"/settings/team/{path}/", {"email": "y@example.vn", "role": "owner"})
        for path in (
            "invite", f"{place.pk}/role", f"{place.pk}/remove", f"invitations/{made.pk}/withdraw",
        )
    ]  # fmt: skip
    assert {reply.status_code for reply in posts} == {403}
    assert client.post("/settings/team/leave/").status_code == 302


def test_another_business_team_is_out_of_reach(browser_of: Client, other: Merchant) -> None:
    """An owner elsewhere can act on no member and no invitation of ours."""
    stranger = User.objects.get(memberships__merchant=other)
    place = stranger.memberships.get()
    made, _ = team.invite(other, stranger, LAN, "staff", timezone.now())
    paths = [f"{place.pk}/role", f"{place.pk}/remove", f"invitations/{made.pk}/withdraw"]
    codes = {
        browser_of.post(f"/settings/team/{path}/", {"role": "reader"}).status_code for path in paths
    }
    assert codes == {404}


def test_invitations_are_not_a_way_to_send_mails_to_strangers(
    owner: User, merchant: Merchant
) -> None:
    """A business has a bounded number of invitations open."""
    now = timezone.now()
    for number in range(team.MOST_OPEN):
        team.invite(merchant, owner, f"{number}@example.vn", "reader", now)
    with pytest.raises(team.Refused, match="many"):
        team.invite(merchant, owner, "more@example.vn", "reader", now)
    team.invite(merchant, owner, "more@example.vn", "reader", now + team.LIVES)


def test_who_has_no_business_is_told_and_may_log_out(client: Client) -> None:
    """Somebody who was removed everywhere sees what to do, and their account pages still work."""
    lonely = samples.merchant_with_owner("x", "le@example.vn", "hoa-le-trang-3")[1]
    lonely.memberships.all().delete()
    client.force_login(lonely)
    codes = [client.get(path).status_code for path in ("/", "/accounts/password/change/")]
    assert codes == [403, 200]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once(owner: User, lan: User, merchant: Merchant) -> None:
    """Whoever is quicker goes; the other is the last owner and stays."""
    Membership.objects.create(user=lan, merchant=merchant, role="owner")
    together = threading.Barrier(2)

    def go(place: Membership) -> str:
        together.wait(10)
        try:
            team.leave(place)
        except team.Refused as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "left"

    places = list(Membership.objects.select_related("user", "merchant"))
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, places)) == ["last owner", "left"]
    assert Membership.objects.filter(merchant=merchant, role="owner").count() == 1

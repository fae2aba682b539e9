"""Who uses the app: people, and the merchants they belong to.

Every row of business data hangs on a merchant; nothing is ever read without naming one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from entrosdk import Secret
from entrosdk.runtime.stores.seal import Seal, new_key
from reference_app.tenants.sealing import master


class Users(BaseUserManager["User"]):
    """Makes accounts that are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **rest: Any) -> User:
        """Create an account."""
        user = self.model(email=self.normalize_email(email).lower(), **rest)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **rest: Any) -> User:
        """Create an account that may do everything."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **rest)
        user.trust_email()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the name to log in with."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("Your name"), max_length=80, blank=True)
    language = models.CharField(max_length=5, blank=True)  # as chosen; empty: as the browser says
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = Users()

    def trust_email(self) -> None:
        """Take the e-mail address as verified, where somebody else vouches for it."""
        self.emailaddress_set.update_or_create(
            email=self.email, defaults={"verified": True, "primary": True}
        )


def shown_as(user: User) -> str:
    """Return how account pages call a person."""
    return user.name or user.email


DESTROYED = "destroyed"
"""What stands in place of a data key that is gone; it opens nothing."""


class Merchant(models.Model):
    """A seller's business: the tenant.

    `sealed_key` is the merchant's own data key, sealed with the installation's key, so that one
    merchant's personal data can be made unreadable by destroying one value.
    """

    name = models.CharField(max_length=120)
    sealed_key = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def save(self, *arguments: Any, **keywords: Any) -> None:
        if not self.sealed_key:
            self.sealed_key = master().seal(new_key().reveal(), "merchant")
        if not self._state.adding and "update_fields" not in keywords:
            # A stale object must bring back no key that was sealed anew, or destroyed, meanwhile.
            names = (field.attname for field in self._meta.concrete_fields)
            keywords["update_fields"] = [name for name in names if name not in {"id", "sealed_key"}]
        super().save(*arguments, **keywords)

    def seal(self) -> Seal:
        """Return what opens and closes this merchant's personal data."""
        return _seal(self.sealed_key)

    def __str__(self) -> str:
        return self.name


@lru_cache(maxsize=256)
def _seal(sealed_key: str) -> Seal:
    return Seal([Secret(master().open(sealed_key, "merchant"))])


class Membership(models.Model):
    """A person's place in a merchant's business."""

    class Role(models.TextChoices):
        """What a member may do."""

        OWNER = "owner", _("Owner")
        STAFF = "staff", _("Staff")
        READER = "reader", _("Read only")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.STAFF)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "merchant"], name="one_membership")]

    @property
    def may_change(self) -> bool:
        """Whether the member may change anything at all."""
        return self.role != self.Role.READER

    @property
    def is_owner(self) -> bool:
        """Whether the member may give others access."""
        return self.role == self.Role.OWNER


class Invitation(models.Model):
    """An offer of a place in a business, sent to one address.

    The link in the mail is a signed token; only its digest is kept, so whoever reads the database
    cannot accept anything. It works once and until `expires_at`.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Membership.Role)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "email"],
                condition=models.Q(taken_at=None, withdrawn_at=None),
                name="one_open_invitation",
            )
        ]

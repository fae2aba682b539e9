"""The SDK's credential store over our tables: sealed, and changed by compare-and-set."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from entrosdk import Grant
from entrosdk.runtime.stores.seal import pack, unpack
from entrosdk.spi.effects import Stored
from reference_app.stores.models import Credential, Store
from reference_app.tenants.sealing import master


class DjangoStore:
    """Keeps the grants of one store; any number of processes may share it."""

    shared = True

    def __init__(self, store: Store) -> None:
        self._rows = Credential.objects.filter(store=store)
        self._store = store

    def load(self, key: str) -> Stored | None:
        """Return the grant under `key`, or `None`."""
        row = self._rows.all().filter(key=key).first()
        if row is None:
            return None
        return Stored(unpack(master().open(row.sealed, self._context(key))), row.version)

    def save(self, key: str, grant: Grant, expected: int) -> Stored | None:
        """Replace version `expected` (0: none yet); `None` when another version is there."""
        values = {
            "version": expected + 1,
            "sealed": master().seal(pack(grant), self._context(key)),
            "expires_at": grant.expires_at,
        }
        won = self._replace(key, expected, values) if expected else self._first(key, values)
        return Stored(grant, expected + 1) if won else None

    def delete(self, key: str) -> None:
        """Forget the grant under `key`."""
        self._rows.all().filter(key=key).delete()

    def _replace(self, key: str, expected: int, values: dict[str, object]) -> bool:
        return self._rows.all().filter(key=key, version=expected).update(**values) == 1

    def _first(self, key: str, values: dict[str, object]) -> bool:
        try:
            with transaction.atomic():
                Credential.objects.create(store=self._store, key=key, **values)
        except IntegrityError:  # somebody else stored the first version
            return False
        return True

    def _context(self, key: str) -> str:
        # A sealed grant copied to another store's row does not open there.
        return f"grant:{self._store.pk}:{key}"

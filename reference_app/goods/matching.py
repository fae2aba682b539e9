"""The rules of linking, as pure functions (domain rules 10).

A listing is linked by itself only when its key is unique in the catalogue and unique in its shop.
Everything else goes to review with a reason. Links that exist are never changed by the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import frozen

__all__ = ["Item", "Offer", "Verdict", "judge"]


@frozen
class Item:
    """A variant of the catalogue that may be linked to."""

    id: int
    key: str
    loose: str


@frozen
class Offer:
    """A listing that buyers can see. `variant` is its link; `held` that a person took one away."""

    id: int
    shop: int
    key: str
    loose: str
    variant: int | None = None
    held: bool = False


@frozen
class Verdict:
    """Where a listing belongs: states and reasons are those of `models.Listing`.

    `variant` is the link of "linked", the proposal of "suggested", and nothing else.
    """

    state: str
    reason: str
    variant: int | None = None


def judge(
    items: Iterable[Item], offers: Iterable[Offer], taken: Iterable[tuple[int, int]] = ()
) -> dict[int, Verdict]:
    """Return a verdict for each offer without a link, by its id.

    `items` and `offers` are everything that shares a loose key with an offer in question, linked
    offers included. `taken` names (shop, variant) of links made under other keys.
    """
    offers = list(offers)
    case = _Case.of(items, offers, taken)
    return {offer.id: case.verdict(offer) for offer in offers if offer.variant is None}


@frozen
class _Case:
    """What the verdicts are drawn from."""

    by_key: Mapping[str, list[int]]
    by_loose: Mapping[str, list[int]]
    in_shop: Mapping[tuple[int, str], int]
    linked: Mapping[str, set[int]]
    taken: frozenset[tuple[int, int]]

    @classmethod
    def of(
        cls, items: Iterable[Item], offers: list[Offer], taken: Iterable[tuple[int, int]]
    ) -> _Case:
        by_key: dict[str, list[int]] = {}
        by_loose: dict[str, list[int]] = {}
        for item in sorted(items, key=lambda item: item.id):
            by_key.setdefault(item.key, []).append(item.id)
            by_loose.setdefault(item.loose, []).append(item.id)
        linked: dict[str, set[int]] = {}
        for offer in offers:
            if offer.variant is not None:
                linked.setdefault(offer.key, set()).add(offer.variant)
        own = {(offer.shop, offer.variant) for offer in offers if offer.variant is not None}
        return cls(
            by_key=by_key,
            by_loose=by_loose,
            in_shop=Counter((offer.shop, offer.key) for offer in offers),
            linked=linked,
            taken=frozenset(own) | frozenset(taken),
        )

    def verdict(self, offer: Offer) -> Verdict:
        if not offer.key:
            return Verdict("missing", "no_sku")
        hits = self.by_key.get(offer.key, [])
        if len(hits) > 1:
            return Verdict("ambiguous", "twice_in_catalogue")
        if not hits:
            return self._without_a_hit(offer)
        return self._with_one_hit(offer, hits[0])

    def _with_one_hit(self, offer: Offer, variant: int) -> Verdict:
        if self.linked.get(offer.key, set()) - {variant}:
            return Verdict("ambiguous", "linked_elsewhere")
        if self.in_shop[offer.shop, offer.key] > 1:
            return Verdict("suggested", "twice_in_shop", variant)
        if (offer.shop, variant) in self.taken:
            return Verdict("suggested", "taken_in_shop", variant)
        if offer.held:
            return Verdict("suggested", "held", variant)
        return Verdict("linked", "unique", variant)

    def _without_a_hit(self, offer: Offer) -> Verdict:
        elsewhere = sorted(self.linked.get(offer.key, ()))
        if len(elsewhere) == 1:
            return Verdict("suggested", "linked_elsewhere", elsewhere[0])
        if elsewhere:
            return Verdict("ambiguous", "linked_elsewhere")
        similar = self.by_loose.get(offer.loose, [])
        if len(similar) == 1:
            return Verdict("suggested", "similar", similar[0])
        if similar:
            return Verdict("ambiguous", "similar_twice")
        return Verdict("missing", "no_match")

"""Bundles: what they are made of, and that no bundle holds itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from reference_app.goods.models import BundlePart, Variant
from reference_app.tenants.models import Merchant

__all__ = ["Circle", "Recipe", "closes_a_circle", "expand", "recipes_of", "set_parts"]

Recipe = Mapping[int, int]
"""Units of each component, by variant id."""


class Circle(ValueError):
    """Raised when a bundle would hold itself, directly or through others."""


def closes_a_circle(bundle: int, parts: Recipe, recipes: Mapping[int, Recipe]) -> bool:
    """Say whether giving `bundle` these parts would make it hold itself."""
    waiting, seen = list(parts), set()
    while waiting:
        component = waiting.pop()
        if component == bundle:
            return True
        if component not in seen:
            seen.add(component)
            waiting.extend(recipes.get(component, ()))
    return False


def expand(variant: int, recipes: Mapping[int, Recipe]) -> dict[int, int]:
    """Return the simple variants in one unit of `variant`, bundles inside bundles taken apart.

    A variant without a recipe is itself: `{variant: 1}`.
    """
    recipe = recipes.get(variant)
    if not recipe:
        return {variant: 1}
    units: dict[int, int] = {}
    for component, quantity in recipe.items():
        for simple, inside in expand(component, recipes).items():
            units[simple] = units.get(simple, 0) + inside * quantity
    return units


def recipes_of(merchant_id: int) -> dict[int, dict[int, int]]:
    """Return the recipe of every bundle of a merchant."""
    recipes: dict[int, dict[int, int]] = {}
    parts = BundlePart.objects.filter(bundle__merchant_id=merchant_id)
    for bundle, component, quantity in parts.values_list("bundle_id", "component_id", "quantity"):
        recipes.setdefault(bundle, {})[component] = quantity
    return recipes


def set_parts(bundle: Variant, parts: Recipe) -> None:
    """Replace what a bundle is made of.

    Raises `Circle` when it would hold itself, `ValueError` for a foreign or unknown component,
    a quantity below one, or a variant that is no bundle.
    """
    with transaction.atomic():
        # The lock orders two people who edit two bundles at once: each alone closes no circle.
        Merchant.objects.select_for_update(no_key=True).get(pk=bundle.merchant_id)
        _check(bundle, parts, recipes_of(bundle.merchant_id))
        bundle.parts.all().delete()
        BundlePart.objects.bulk_create(
            BundlePart(bundle=bundle, component_id=component, quantity=quantity)
            for component, quantity in parts.items()
        )


def _check(bundle: Variant, parts: Recipe, recipes: Mapping[int, Recipe]) -> None:
    if not bundle.is_bundle:
        raise ValueError("only a bundle has parts")
    if any(quantity < 1 for quantity in parts.values()):
        raise ValueError("a part has at least one unit")
    mine = Variant.objects.filter(merchant_id=bundle.merchant_id, pk__in=list(parts)).count()
    if mine != len(parts):
        raise ValueError("a component is not in this catalogue")
    if closes_a_circle(bundle.pk, parts, recipes):
        raise Circle("a bundle cannot hold itself")

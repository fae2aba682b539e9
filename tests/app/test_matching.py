"""The rules of linking, without a database."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reference_app.goods.bundles import closes_a_circle, expand
from reference_app.goods.keys import key_of, loose_key
from reference_app.goods.matching import Item, Offer, Verdict, judge


@pytest.mark.parametrize(
    ("sku", "key"),
    [
        ("  AT-01  ", "at-01"),
        ("at   01", "at 01"),
        ("0012", "0012"),
        ("A--1", "a--1"),
        ("a\u0301o", "áo"),
        ("ĐỎ", "đỏ"),
        ("\u00a0\u2003\t", ""),
    ],
)
def test_normalising(sku: str, key: str) -> None:
    """Space, case and the way accents are composed count for nothing; zeros and dashes do."""
    assert key_of(sku) == key


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    """Normalising twice is normalising once."""
    assert key_of(key_of(text)) == key_of(text)


@given(st.text())
def test_only_blank_keys_have_blank_loose_keys(text: str) -> None:
    """A key made of signs alone is still a key."""
    assert (loose_key(key_of(text)) == "") == (key_of(text) == "")


def item(id: int, sku: str) -> Item:
    """Return a variant of the catalogue."""
    return Item(id, key_of(sku), loose_key(key_of(sku)))


def offer(
    id: int, sku: str, shop: int = 1, variant: int | None = None, held: bool = False
) -> Offer:
    """Return a listing."""
    return Offer(id, shop, key_of(sku), loose_key(key_of(sku)), variant, held)


def test_unique_on_both_sides_is_linked() -> None:
    """One variant, one listing in the shop: linked."""
    found = judge([item(7, "AT-01")], [offer(1, " at-01 "), offer(2, "AT-01", shop=2)])
    assert found == {1: Verdict("linked", "unique", 7), 2: Verdict("linked", "unique", 7)}


@pytest.mark.parametrize(
    ("items", "offers", "taken", "expected"),
    [
        ([], [offer(1, "  ")], [], Verdict("missing", "no_sku")),
        ([item(7, "")], [offer(1, "")], [], Verdict("missing", "no_sku")),
        ([], [offer(1, "A")], [], Verdict("missing", "no_match")),
        ([item(7, "A"), item(8, "a")], [offer(1, "A")], [],
         Verdict("ambiguous", "twice_in_catalogue")),
        ([item(7, "A")], [offer(1, "A"), offer(2, "a")], [],
         Verdict("suggested", "twice_in_shop", 7)),
        ([item(7, "A")], [offer(1, "A"), offer(2, "A", variant=7)], [],
         Verdict("suggested", "twice_in_shop", 7)),
        ([item(7, "A")], [offer(1, "A"), offer(2, "A", shop=2, variant=9)], [],
         Verdict("ambiguous", "linked_elsewhere")),
        ([], [offer(1, "A"), offer(2, "A", shop=2, variant=9)], [],
         Verdict("suggested", "linked_elsewhere", 9)),
        ([], [offer(1, "A"), offer(2, "A", 2, 9), offer(3, "A", 3, 8)], [],
         Verdict("ambiguous", "linked_elsewhere")),
        ([item(7, "A")], [offer(1, "A")], [(1, 7)], Verdict("suggested", "taken_in_shop", 7)),
        ([item(7, "A")], [offer(1, "A")], [(2, 7)], Verdict("linked", "unique", 7)),
        ([item(7, "A")], [offer(1, "A", held=True)], [], Verdict("suggested", "held", 7)),
        ([item(7, "A-1")], [offer(1, "a 1")], [], Verdict("suggested", "similar", 7)),
        ([item(7, "A-1"), item(8, "A.1")], [offer(1, "a 1")], [],
         Verdict("ambiguous", "similar_twice")),
        ([item(7, "012")], [offer(1, "12")], [], Verdict("missing", "no_match")),
    ],
)  # fmt: skip
def test_what_goes_to_review(
    items: list[Item], offers: list[Offer], taken: list[tuple[int, int]], expected: Verdict
) -> None:
    """Doubt of any kind is no link, and is named."""
    assert judge(items, offers, taken)[1] == expected


# Laws

_SKUS = st.sampled_from(["", " ", "A", "a ", "A-1", "a 1", "A.1", "0A", "-"])
_ITEMS = st.lists(_SKUS, max_size=5).map(
    lambda skus: [item(100 + place, sku) for place, sku in enumerate(skus)]
)
_OFFERS = st.lists(
    st.tuples(
        _SKUS, st.integers(1, 3), st.sampled_from([None, None, 100, 101, 999]), st.booleans()
    ),
    max_size=7,
).map(lambda rows: [offer(place, *row) for place, row in enumerate(rows)])


@given(_ITEMS, _OFFERS)
def test_a_link_is_never_a_guess(items: list[Item], offers: list[Offer]) -> None:
    """Whatever is linked has a key, one variant with it, and no second listing in its shop."""
    by_id = {one.id: one for one in offers}
    for place, found in judge(items, offers).items():
        if found.state != "linked":
            continue
        mine = by_id[place]
        hits = [one.id for one in items if one.key == mine.key]
        same = [one for one in offers if (one.shop, one.key) == (mine.shop, mine.key)]
        other = {one.variant for one in offers if one.key == mine.key} - {None, found.variant}
        assert (mine.key != "", hits, len(same), other) == (True, [found.variant], 1, set())


@given(_ITEMS, _OFFERS, st.randoms(use_true_random=False))
def test_order_does_not_matter(items: list[Item], offers: list[Offer], dice: object) -> None:
    """Verdicts are the same in whatever order rows come."""
    mixed_items, mixed_offers = list(items), list(offers)
    dice.shuffle(mixed_items)  # type: ignore[attr-defined]
    dice.shuffle(mixed_offers)  # type: ignore[attr-defined]
    assert judge(mixed_items, mixed_offers) == judge(items, offers)


@given(_ITEMS, _OFFERS)
def test_judging_again_makes_no_more_links(items: list[Item], offers: list[Offer]) -> None:
    """Once links are made, the rules have nothing left to link."""
    found = judge(items, offers)
    after = [
        evolve(one, variant=found[one.id].variant)
        if one.id in found and found[one.id].state == "linked"
        else one
        for one in offers
    ]
    assert [v for v in judge(items, after).values() if v.state == "linked"] == []


@given(_ITEMS, _OFFERS, _SKUS)
def test_a_duplicate_never_makes_a_link(items: list[Item], offers: list[Offer], sku: str) -> None:
    """One more variant of a SKU that the catalogue has can only take links away."""
    if not any(one.key == key_of(sku) for one in items):
        return
    before = {p for p, v in judge(items, offers).items() if v.state == "linked"}
    after = {p for p, v in judge([*items, item(500, sku)], offers).items() if v.state == "linked"}
    assert after <= before


@given(_ITEMS, _OFFERS)
def test_no_shop_gets_a_variant_twice(items: list[Item], offers: list[Offer]) -> None:
    """The rules link a variant at most once in each shop, links that stand included."""
    found = judge(items, offers)
    shop_of = {one.id: one.shop for one in offers}
    made = [(shop_of[p], v.variant) for p, v in found.items() if v.state == "linked"]
    standing = {(one.shop, one.variant) for one in offers}
    assert (len(made), standing & set(made)) == (len(set(made)), set())


# Bundles


def test_a_bundle_in_a_bundle_is_taken_apart() -> None:
    """Two boxes of three pairs and one loose pair are seven pairs."""
    recipes = {1: {2: 2, 9: 1}, 2: {9: 3}}
    assert (expand(1, recipes), expand(9, recipes)) == ({9: 7}, {9: 1})


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=14))
def test_circles_are_found_before_they_close(pairs: list[tuple[int, int]]) -> None:
    """Parts added one by one, each after asking, can always be taken apart."""
    recipes: dict[int, dict[int, int]] = {}
    for bundle, component in pairs:
        if not closes_a_circle(bundle, {component: 1}, recipes):
            recipes.setdefault(bundle, {})[component] = 1
    for variant in range(1, 7):
        assert sum(expand(variant, recipes).values()) >= 1  # a circle would never end


@given(st.integers(1, 5))
def test_a_circle_of_any_length_is_refused(length: int) -> None:
    """A bundle that comes back to itself over any number of others is refused."""
    chain = {place: {place + 1: 1} for place in range(1, length)}
    assert closes_a_circle(length, {1: 1}, chain)

"""What the emulated shops sell: Vietnamese goods with one or two variation tiers."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

if TYPE_CHECKING:
    from entrosdk.sandbox.trade import Ids

__all__ = ["Product", "Variant", "products", "told"]

_COLOURS = ("Đen", "Trắng", "Xanh rêu", "Be", "Hồng đất", "Xám tro")
_SIZES = ("S", "M", "L", "XL")
_SCENTS = ("Sả chanh", "Quế", "Oải hương")
_PAIRS = ("36-37", "38-39", "40-41")
_VOLUMES = ("350ml", "500ml", "750ml")
_WEIGHTS = ("250g", "500g", "1kg")


@frozen
class _Kind:
    """A kind of goods: SKU prefix, price span in dong, weight in grams, variation tiers."""

    title: str
    sku: str
    low: int
    high: int
    grams: int
    tiers: tuple[tuple[str, tuple[str, ...]], ...] = ()


_WEAR = (("Màu sắc", _COLOURS), ("Kích cỡ", _SIZES))
_KINDS = (
    _Kind("Áo thun cotton cổ tròn", "AT", 89_000, 189_000, 250, _WEAR),
    _Kind("Áo sơ mi linen dài tay", "SM", 199_000, 399_000, 300, _WEAR),
    _Kind("Quần short kaki", "QS", 149_000, 279_000, 350, _WEAR),
    _Kind("Chân váy chữ A", "CV", 159_000, 299_000, 280, _WEAR),
    _Kind("Bình giữ nhiệt inox 304", "BGN", 149_000, 329_000, 400, (("Dung tích", _VOLUMES),)),
    _Kind("Cà phê rang mộc Đắk Lắk", "CF", 79_000, 199_000, 500, (("Khối lượng", _WEIGHTS),)),
    _Kind("Trà ô long Bảo Lộc", "TOL", 99_000, 259_000, 300, (("Khối lượng", _WEIGHTS),)),
    _Kind("Nón lá thủ công Huế", "NON", 59_000, 129_000, 200, ()),
    _Kind("Túi vải canvas in hình", "TUI", 69_000, 149_000, 220, (("Màu sắc", _COLOURS),)),
    _Kind("Bộ ly gốm Bát Tràng", "LY", 189_000, 459_000, 1200, (("Màu sắc", _COLOURS),)),
    _Kind("Nến thơm sáp đậu nành", "NEN", 99_000, 219_000, 350, (("Mùi hương", _SCENTS),)),
    _Kind("Khăn tắm sợi tre", "KT", 89_000, 199_000, 450, (("Màu sắc", _COLOURS),)),
    _Kind("Sổ tay giấy dó", "ST", 49_000, 119_000, 180, ()),
    _Kind("Mật ong rừng U Minh", "MO", 129_000, 349_000, 800, (("Dung tích", _VOLUMES),)),
    _Kind("Dép đi trong nhà", "DEP", 39_000, 99_000, 260, (_WEAR[0], ("Kích cỡ", _PAIRS))),
)  # fmt: skip
_LOOKS = ("form rộng", "phiên bản mùa thu", "hàng thủ công", "quà tặng", "bản cao cấp")


@define
class Variant:
    """One thing a buyer can put into the cart; prices in dong."""

    id: int
    sku: str
    options: tuple[int, ...]
    list_price: int
    price: int
    stock: int  # what buyers can buy, units held by a campaign included
    reserved: int = 0  # held by a campaign
    withheld: int = 0  # held by orders that are not paid yet
    occupied: int = 0  # held by orders that are to be shipped
    printed: dict[object, bytes] = field(factory=dict, repr=False, eq=False)  # its lines


@define
class Product:
    """A listing with its variants; `tiers` pairs names with option texts."""

    id: int
    title: str
    sku: str
    category: int
    grams: int
    tiers: tuple[tuple[str, tuple[str, ...]], ...]
    created: int
    updated: int
    listed: bool = True
    variants: list[Variant] = field(factory=list)
    description: str = ""
    images: tuple[str, ...] = ()
    reviewing: bool = False  # the marketplace looks at it before buyers can
    deleted: bool = False

    @property
    def has_models(self) -> bool:
        """Whether the marketplace shows variants, or just the item."""
        return bool(self.tiers)

    @property
    def on_sale(self) -> bool:
        """Whether buyers can see it."""
        return self.listed and not self.reviewing and not self.deleted


def products(seed: str, count: int, before: int, ids: Ids) -> list[Product]:
    """Make `count` products, all created before the epoch second `before`."""
    return [
        _product(Random(f"{seed}:product:{number}"), number, before, ids) for number in range(count)
    ]


def _product(chance: Random, number: int, before: int, ids: Ids) -> Product:
    kind = _KINDS[number % len(_KINDS)]
    created = before - chance.randrange(60, 400) * 86_400
    tiers = tuple((name, tuple(chance.sample(options, chance.randint(2, min(3, len(options))))))
                  for name, options in kind.tiers)  # fmt: skip
    sku = f"{kind.sku}-{number:03}"
    product = Product(
        id=ids.product(chance, number),
        title=f"{kind.title} {_LOOKS[number // len(_KINDS) % len(_LOOKS)]}",
        sku=sku,
        category=100_000 + number % len(_KINDS),
        grams=kind.grams,
        tiers=tiers,
        created=created,
        updated=created + chance.randrange(86_400),
        listed=number % 29 != 28,
    )
    base = chance.randrange(kind.low, kind.high, 1000)
    # Variants stay well within the price ratio of 5 that Shopee allows.
    for index, options in enumerate(_choices(tiers)):
        product.variants.append(_variant(chance, product, options, base + 10_000 * index, ids))
    return product


def _choices(tiers: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for _, options in tiers:
        found = [(*left, right) for left in found for right in range(len(options))]
    return found


def _variant(
    chance: Random, product: Product, options: tuple[int, ...], price: int, ids: Ids
) -> Variant:
    return Variant(
        id=ids.variant(product.id, len(product.variants), not options),
        sku="-".join([product.sku, *(f"{option + 1:02}" for option in options)])
        if options
        else product.sku,
        options=options,
        list_price=price + chance.choice((0, 0, 20_000, 30_000)),
        price=price,
        stock=chance.randrange(40, 400),
    )


def told(products: Iterable[Product]) -> list[dict[str, Any]]:
    """Return products as the SDK reports them; a variant without an id of its own has an empty one.

    Units that a campaign holds are sold in it, so they count.
    """
    return [
        {
            "id": str(product.id),
            "variants": [
                {
                    "id": str(variant.id) if variant.id else "",
                    "sku": variant.sku,
                    "sellable": variant.stock,
                }
                for variant in product.variants
            ],
        }
        for product in products
    ]

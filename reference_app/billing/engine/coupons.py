"""What a coupon takes off."""

from __future__ import annotations

from attrs import frozen

from reference_app.billing.engine.money import rounded

__all__ = ["NONE", "Coupon"]


@frozen(kw_only=True)
class Coupon:
    """Takes `amount` dong and `ppm` millionths off each of the next `periods`."""

    amount: int = 0
    ppm: int = 0
    periods: int = 0

    def off(self, price: int) -> int:
        """Return what comes off a price: never more than the price.

        >>> Coupon(amount=400_000, periods=1).off(299_000), Coupon(ppm=500_000).off(299_000)
        (299000, 0)
        """
        if not self.periods:
            return 0
        return min(price, max(0, self.amount + rounded(price * self.ppm, 1_000_000)))


NONE = Coupon()

"""Lists returns: where the goods are, what became of the money, until when to answer."""

from datetime import timedelta

from sandbox import settings

from entrosdk import connect

with connect(**settings()) as shop:
    since = shop.now() - timedelta(days=60)
    for found in shop.returns.list(updated_from=since):
        deadline = f"answer by {found.respond_by:%d %b %H:%M} UTC" if found.respond_by else ""
        print(
            f"{found.id}  order {found.order_id}  goods {found.goods_state}, "
            f"money {found.money_state}, {found.refund}  {found.reason}  {deadline}"
        )

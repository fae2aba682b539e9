"""Invented Vietnamese buyers and places. Nobody here exists."""

from __future__ import annotations

from random import Random

from attrs import frozen

__all__ = ["Buyer", "buyer"]

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Ngô")
_MIDDLE = ("Thị", "Văn", "Ngọc", "Minh", "Thanh", "Gia", "Quốc", "Hồng")
_GIVEN = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Khánh",
    "Linh",
    "Mai",
    "Ngân",
    "Phúc",
    "Trang",
)
_PLACES = (
    ("TP. Hồ Chí Minh", "Quận 1", "Phường Tân Định"),
    ("TP. Hồ Chí Minh", "Thành phố Thủ Đức", "Phường Linh Trung"),
    ("Hà Nội", "Quận Cầu Giấy", "Phường Dịch Vọng"),
    ("Hà Nội", "Quận Hai Bà Trưng", "Phường Bách Khoa"),
    ("Đà Nẵng", "Quận Hải Châu", "Phường Hải Châu 1"),
    ("Cần Thơ", "Quận Ninh Kiều", "Phường Xuân Khánh"),
    ("Thừa Thiên Huế", "Thành phố Huế", "Phường Phú Hội"),
    ("Đắk Lắk", "", "Phường Tân Lợi"),  # after the reform of 2025 the district may be empty
)
_STREETS = ("Lê Lợi", "Trần Hưng Đạo", "Nguyễn Huệ", "Hai Bà Trưng", "Phan Chu Trinh")


@frozen
class Buyer:
    """Somebody who buys; `phone` is country code and number without plus."""

    id: int
    username: str
    name: str
    phone: str
    province: str
    district: str
    ward: str
    street: str


def buyer(chance: Random) -> Buyer:
    """Invent a buyer."""
    given = chance.choice(_GIVEN)
    number = chance.randrange(1_000_000, 9_999_999)
    province, district, ward = chance.choice(_PLACES)
    return Buyer(
        id=1_000_000_000 + number,
        username=f"demo.{number % 100_000:05}",
        name=f"{chance.choice(_FAMILY)} {chance.choice(_MIDDLE)} {given}",
        phone=f"849{chance.randrange(10**8):08}",
        province=province,
        district=district,
        ward=ward,
        street=f"{chance.randrange(1, 300)} {chance.choice(_STREETS)}",
    )

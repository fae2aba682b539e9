"""Lazada's fee types as data: every number of the public list and its kind (section 5.1).

A reversal has the kind of what it reverses, except that a reversed item price is a refund.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrosdk.domain.payment import PaymentKind

__all__ = ["FEES"]

_KINDS: Mapping[PaymentKind, str] = {
    PaymentKind.ITEM_PRICE: "13 501 212",
    PaymentKind.REFUND: "14 505 213",
    PaymentKind.PLATFORM_DISCOUNT: "44 45 59 502 504 1071 1072",
    PaymentKind.SELLER_DISCOUNT: "117 119 120 122 209 210 289",
    PaymentKind.SELLER_VOUCHER: "118 121 202 203",
    PaymentKind.COINS: "306 307",
    PaymentKind.BUYER_SHIPPING: "8 42 43 142 518 519",
    PaymentKind.ACTUAL_SHIPPING: (
        "7 21 27 28 46 49 124 127 129 141 143 159 160 161 279 291 308 309 "
        "1027 1028 1029 1030 1031 1032 1033 1034 1035 1036 1037 1038"
    ),
    PaymentKind.SHIPPING_REBATE: "157 158 211 317 331 500 503 512 520",
    PaymentKind.RETURN_SHIPPING: "26 200",
    PaymentKind.FAILED_DELIVERY: "128",
    PaymentKind.COMMISSION: (
        "15 16 65 66 123 218 219 274 275 277 278 287 288 341 371 372 1040 1041"
    ),
    # Card and wallet fees, cash on delivery, instalments and paying later.
    PaymentKind.PAYMENT_FEE: ("3 4 67 84 135 221 222 227 267 268 270 271 272 273 286 513 514"),
    # Programmes a seller joins: free shipping, Lazada bonus, loyalty; and single services.
    PaymentKind.SERVICE_FEE: (
        "20 29 109 114 220 237 276 296 298 299 304 305 343 700 1023 1024 1025 1026 "
        "1061 1063 1065 1081 1083 1085"
    ),
    PaymentKind.CAMPAIGN: "318 319 320 321 344",
    PaymentKind.AFFILIATE: "239 240 261",
    PaymentKind.ADS: (
        "112 208 214 248 249 250 259 260 262 263 264 265 285 290 322 323 327 328 342 "
        "350 351 352 353 354 355 356 369 370 373 374 375 376 377 111266 111267"
    ),
    PaymentKind.FULFILMENT: (
        "22 25 34 35 52 53 130 132 134 238 254 255 256 282 283 297 310 311 312 313 314 315 316 "
        "332 333 334 335 336 337 338 339 340 345 346 347 348 349 360 361 362 363 364 367 368"
    ),
    PaymentKind.PENALTY: (
        "23 54 55 60 68 69 70 71 72 73 74 75 76 77 78 79 80 81 "
        "87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 365 366"
    ),
    # Lost, damaged and other claims that were granted, and their reversals.
    PaymentKind.COMPENSATION: (
        "24 47 48 61 85 125 126 140 206 207 215 216 217 223 224 225 226 228 229 230 231 232 233 "
        "234 252 253 281 295"
    ),
    PaymentKind.ADJUSTMENT: "19 36 37 62 83 104 115 235 236 280 326 329 330",
    # Incentives, taxes of other countries, deposits and what Lazada itself calls "other".
    PaymentKind.OTHER: ("63 64 82 107 108 111 116 144 145 201 251 269 292 293 294 324 325"),
}

FEES: Mapping[str, PaymentKind] = {
    number: kind for kind, numbers in _KINDS.items() for number in numbers.split()
}
"""The kind of each fee type, by its number."""

"""The rules of subscription billing, without a database, a web framework or a clock.

Days are local days, ranges half-open, amounts whole dong. A subscription is the log of what
happened to it (`events`); where it stands (`states`), what is due (`agenda`) and what a change
costs (`changes`) are functions of that log, a day and the terms.
"""

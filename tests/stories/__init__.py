"""A shop's day from consent to refund, told once for every marketplace (see `story`)."""

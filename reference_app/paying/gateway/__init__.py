"""An emulated VNPay and an emulated bank, so that paying can be tried and tested on loopback.

    python -m reference_app.paying.gateway --port 9105

It asks, signs, answers and repeats as the manuals say, and misbehaves on order: see `/control/`.
"""

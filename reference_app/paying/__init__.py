"""How a merchant pays for the app: VietQR transfers, VNPay, and invoices on paper.

Rules (`vietqr`, `codes`, `statements`, `matching`, `vnpay.signing`, `sheet`) know no web framework.
"""

"""VNPay 2.1.0: the signed redirect, the page somebody returns to, and the server's notice (IPN)."""

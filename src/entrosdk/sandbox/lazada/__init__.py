"""An emulated Lazada: one shop in Vietnam (fact book section 10)."""

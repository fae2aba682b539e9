"""The emulated TikTok Shop (fact book section 10)."""

"""EntroSDK: one typed Python SDK for shops on Shopee, Lazada, TikTok Shop and Tiki."""

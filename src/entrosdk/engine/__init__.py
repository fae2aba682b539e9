"""Policy around an adapter's flows: limits, signing, classification, retries, renewal. No I/O."""

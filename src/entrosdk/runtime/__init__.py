"""The only code that does I/O: drivers, transports, credential stores, shared limits."""

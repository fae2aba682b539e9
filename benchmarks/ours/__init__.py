"""The same job by `sync_shop`."""

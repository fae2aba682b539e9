"""The screens below /inventory/."""

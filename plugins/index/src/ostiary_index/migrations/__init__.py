"""Revisions of the plugin's tables; the core runs them."""

"""Authenticator apps: one-time codes that change with the time (RFC 6238)."""

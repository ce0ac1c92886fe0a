"""``ostiary audit``."""

from ostiary_audit.commands.group import audit_group

__all__ = ["audit_group"]

"""Checking a trail: against what was signed and kept, and each row against its record."""

from ostiary_audit.verify.database import verify_database
from ostiary_audit.verify.exported import verify_export
from ostiary_audit.verify.findings import Finding, Report

__all__ = ["Finding", "Report", "verify_database", "verify_export"]

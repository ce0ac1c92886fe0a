"""Tests across packages. What strangers wrote is tested where it is installed."""

collect_ignore = ["strangers"]

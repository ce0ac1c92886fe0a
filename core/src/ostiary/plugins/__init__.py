"""Plugins: finding, checking, enabling and listing them.

A plugin is never imported unless the operator lists it, and whatever is wrong with a listed one
stops the start with a :class:`~ostiary.contracts.PluginError`, one line that names the plugin and
its distribution. The checks stop faults, not malice: a plugin is trusted code.
"""

from ostiary.plugins.discovery import GROUP, Candidate, installed_plugins, slug
from ostiary.plugins.faults import PluginInfo
from ostiary.plugins.loading import assemble, load_plugins
from ostiary.plugins.registry import Include, PluginListing, Plugins

__all__ = [
    "GROUP",
    "Candidate",
    "Include",
    "PluginInfo",
    "PluginListing",
    "Plugins",
    "assemble",
    "installed_plugins",
    "load_plugins",
    "slug",
]

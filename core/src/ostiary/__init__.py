"""Account security for Pyramid applications, built from plugins."""

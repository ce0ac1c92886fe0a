"""Uploads by the legacy API: what twine, uv, poetry, hatch, flit and their like send."""

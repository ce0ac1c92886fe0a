"""The environment of revisions (``env.py``, the template) and the core's own revisions."""

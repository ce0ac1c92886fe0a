"""The environment of every revision, of the core and of the plugins.

Alembic runs it; :mod:`ostiary.store.runner` says in ``config.attributes`` which connection
and which version table. The connection's transaction began outside and ends there.
"""

from alembic import context

context.configure(**context.config.attributes)
with context.begin_transaction():
    context.run_migrations()

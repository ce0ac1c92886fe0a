"""``python -m ostiary.settings`` prints the manual's page about settings."""

import sys

from ostiary.settings import page

sys.stdout.write(page())

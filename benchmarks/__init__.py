"""What the README says about speed, measured beside its floor in the same run."""

import warnings

# Pyramid imports it, and would say so at the head of the report.
warnings.filterwarnings("ignore", "pkg_resources is deprecated")

"""Transifex's library, as quiet as it can be had."""

from __future__ import annotations

import logging
import warnings

with warnings.catch_warnings():
    # Its docstrings have escapes that Python will not take for ever.
    warnings.simplefilter("ignore")
    from transifex.api import TransifexApi
    from transifex.api.jsonapi.exceptions import JsonApiException
    from transifex.native.cds import TRANSIFEX_CDS_URLS, CDSHandler
    from transifex.native.parsing import SourceString

# On import it attaches a handler that writes to standard error, addresses and all. What went
# wrong is said by whoever asked.
logging.getLogger("transifex.native.cds").handlers.clear()
logging.getLogger("transifex.native.cds").setLevel(logging.CRITICAL + 1)

__all__ = [
    "TRANSIFEX_CDS_URLS",
    "CDSHandler",
    "JsonApiException",
    "SourceString",
    "TransifexApi",
]

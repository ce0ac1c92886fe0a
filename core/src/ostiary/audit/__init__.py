"""Building events, handing them to the sinks, and telling what they say."""

from ostiary.audit.recorder import COMMAND, SYSTEM, LogSink, Recorder, Who, as_json
from ostiary.audit.retelling import retold

__all__ = ["COMMAND", "SYSTEM", "LogSink", "Recorder", "Who", "as_json", "retold"]

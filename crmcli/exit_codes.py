"""What the process says to the shell when it ends."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Documented exit statuses; every error class names one of them."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    UNREADABLE = 3
    TOO_LITTLE_DATA = 4
    LOCKED = 5
    ALERT = 6
    INTERRUPTED = 130
    TERMINATED = 143

"""The tree of errors that Fanal raises on purpose; anything else is a bug and keeps its traceback.

FanalError
├── UserError            one sentence and a hint; never worth a retry
│   ├── SettingError     a wrong setting: names the setting, the file and the line
│   ├── InputError       a file that cannot be read at all: names the file and the place
│   ├── WorkspaceError   a folder that is not a workspace, is empty, or is held by another run
│   │   └── KeyGoneError a key that was destroyed, or is not there: what it sealed cannot be read
│   ├── RefusedError     the privacy gate says no, or the person has not the role
│   └── MissingPackageError  a package of an extra is not installed
└── RetryableError       the same call may work later (a lock, a network)
"""


class FanalError(Exception):
    """Be the root of all errors that Fanal raises on purpose."""


class UserError(FanalError):
    """Tell a user in one sentence what is wrong and in a second what to do.

    >>> str(UserError("The folder w is not a workspace.", hint="Run `fanal init w`."))
    'The folder w is not a workspace. Run `fanal init w`.'
    """

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(f"{sentence} {hint}".strip())
        self.sentence = sentence
        self.hint = hint


class SettingError(UserError):
    """Name a setting that cannot be used, with its file and line."""


class InputError(UserError):
    """Name a file that cannot be read as what it was said to be."""


class WorkspaceError(UserError):
    """Name a workspace that is missing, empty, damaged or in use."""


class KeyGoneError(WorkspaceError):
    """Name a key that was destroyed or is missing, so that what it sealed cannot be read any more."""


class RefusedError(UserError):
    """Say why the privacy gate does not let something leave, or why a person may not do it."""


class MissingPackageError(UserError):
    """Say what needs a package that is not installed.

    >>> MissingPackageError("A stream from Kafka needs the package confluent-kafka.", extra="live").hint
    "Install Fanal with the extra `live`: pip install 'fanal[live]'."
    """

    def __init__(self, sentence: str, *, extra: str) -> None:
        super().__init__(
            sentence, hint=f"Install Fanal with the extra `{extra}`: pip install 'fanal[{extra}]'."
        )


class RetryableError(FanalError):
    """Say that the same call may work later."""

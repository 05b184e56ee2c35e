"""The member: one follower of a Kafka topic in a consumer group, with the partitions that are its own for now."""

from collections.abc import Mapping, Sequence
from threading import Lock
from types import ModuleType
from typing import Any

from fanal.model.error import MissingPackageError, SettingError, UserError
from fanal.sources.live import MAX_ROWS, LostError

CONTACT_SECONDS = 15.0
"""So long a broker may take to answer."""

LOOK_SECONDS = 1.0
"""So long is waited for the topic before it is asked why there is none yet."""

WAIT_SECONDS = 0.25
"""So long is waited for a message before the reader looks up."""

HELD_BYTES = 8 << 20
"""Messages that are handed over at once stop at so many bytes."""

REFUSALS = frozenset(
    {
        "_AUTHENTICATION",
        "_SSL",
        "_UNKNOWN_TOPIC",
        "_INVALID_ARG",
        "SASL_AUTHENTICATION_FAILED",
        "TOPIC_AUTHORIZATION_FAILED",
        "GROUP_AUTHORIZATION_FAILED",
        "UNKNOWN_TOPIC_OR_PART",
    }
)
"""Errors of librdkafka that no second try changes."""

HINT = "See docs/sources/kafka.md."

_TOKEN = "OAUTHBEARER token"  # noqa: S105 - words of the library where it was given none: a server may be away

_SILENT = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT")
_LOOK = (
    " No broker answers: they may be away, speak otherwise than `security` says, or ask for a certificate."
)
"""Where a broker wants a certificate that it is not shown, TLS 1.3 ends without a word of why."""

_SENTENCES = (
    (
        ("_SSL",),
        "certificate verify failed",
        "The certificate of a Kafka broker is not trusted.",
        "`ca_file` names the authority that signed it, and `brokers` the hosts that it is for.",
    ),
    (("_SSL",), "", "TLS with a Kafka broker fails.", "Look at `security` and `certificate_file`. " + HINT),
    (
        ("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED"),
        "Unsupported SASL mechanism",
        "The Kafka brokers do not know the `mechanism` of the stream.",
        HINT,
    ),
    (
        ("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED"),
        "",
        "Kafka refuses us by `user` and `password`.",
        "See the secrets in docs/sources/kafka.md.",
    ),
)
"""Refusals by the error's name and a part of its words, with what is said: its words may hold addresses."""

_OPTIONS = (
    ("ssl.ca", "`ca_file`"),
    ("key values mismatch", "`certificate_file` and the secret `key` together"),
    ("ssl.certificate", "`certificate_file`"),
    ("ssl.key", "the secret `key`"),
)
"""What the library names where it does not take a setting, and what that is called here."""


class Member:
    """Hold a member of a consumer group. Each call blocks: it runs in a thread, and one at a time."""

    def __init__(
        self, settings: Mapping[str, Any], *, topic: str, wanted: Mapping[int, int], from_start: bool
    ) -> None:
        """Make a member that has not joined yet.

        Args:
            settings: of librdkafka.
            topic: that is followed.
            wanted: next offset of each partition that was read before.
            from_start: where a partition begins of which nothing is known; False: with what comes next.

        Raises:
            UserError: the library is missing, or a setting is wrong.
        """
        self.reached: dict[int, int] = {}  # by partition that is ours, as far as is known: the next offset
        self._kafka = kafka = _library()
        self._topic = topic
        self._fresh = kafka.OFFSET_BEGINNING if from_start else kafka.OFFSET_END
        self._wanted = dict(wanted)  # once a partition was assigned, its entry is used up
        self._kept: dict[int, int] = {}  # of the assignment that was just taken back
        self._assigned: set[int] = set()
        self._begun = self._left = False
        self._lock = Lock()
        self._wrong: Any = None  # error that the library told of in passing
        try:
            self._consumer = kafka.Consumer({**settings, "error_cb": self._noted})
        except kafka.KafkaException as error:
            raise _unusable(str(error.args[0])) from error

    def join(self) -> None:
        """Join the group, once it is known that the topic is there.

        Raises:
            LostError: no broker answers.
            UserError: there is no such topic, or it is not for us.
        """
        with self._lock:
            there = self._found()
            if wrong := there.topics[self._topic].error:
                raise self._said(wrong)
            self._consumer.subscribe(
                [self._topic], on_assign=self._given, on_revoke=self._taken, on_lost=self._lost
            )

    def _found(self) -> Any:
        """Return what the brokers say of the topic."""
        waited = 0.0
        while True:
            once = min(LOOK_SECONDS, CONTACT_SECONDS)
            waited += once
            try:
                return self._consumer.list_topics(self._topic, timeout=once)
            except self._kafka.KafkaException as error:
                self._consumer.poll(0)  # hear why, and let a token be fetched
                refused = self._wrong is not None and self._wrong.name() in REFUSALS
                if refused or waited >= CONTACT_SECONDS:
                    raise self._said(error.args[0]) from error

    def take(self) -> list[Any]:
        """Return the messages that are there, or none after a short while.

        Raises:
            LostError: no broker answers, or the group put this member out.
            UserError: the brokers refuse.
        """
        with self._lock:
            found: list[Any] = []
            size = 0
            try:
                one = self._consumer.poll(WAIT_SECONDS)
                while one is not None and one.error() is None:
                    found.append(one)
                    size += len(one)
                    full = len(found) >= MAX_ROWS or size >= HELD_BYTES
                    one = None if full else self._consumer.poll(0)
            except self._kafka.KafkaException as error:  # of an assignment
                raise self._said(error.args[0]) from error
            wrong = one.error() if one is not None else None if found else self._wrong
            if wrong is not None:
                raise self._said(wrong)
            self._wrong = None
            for one in found:
                if one.partition() in self._assigned:
                    self.reached[one.partition()] = one.offset() + 1
            return found

    def tell(self, reached: Mapping[int, int]) -> None:
        """Tell the group how far was committed, for whoever has the partitions after us; our own cursor counts."""
        with self._lock:
            if self._left:
                return
            named = self._kafka.TopicPartition
            still = [named(self._topic, p, at) for p, at in reached.items() if p in self._assigned]
            if still:
                try:
                    self._consumer.commit(offsets=still, asynchronous=False)
                except self._kafka.KafkaException:
                    return  # the group is between two assignments: the next commit tells it

    def leave(self) -> None:
        """Leave the group, so that others have its partitions at once."""
        with self._lock:
            self._left = True
            self._consumer.close()

    def _given(self, consumer: Any, partitions: Sequence[Any]) -> None:
        """Begin each partition that is assigned where it was left."""
        known: dict[int, int] = dict(self._kept)
        if not self._begun:
            known = {part: self._wanted[part] for part in self._wanted}
        unknown = [one for one in partitions if one.partition not in known]
        if unknown:
            for one in consumer.committed(unknown, timeout=CONTACT_SECONDS):
                if one.offset >= 0:
                    known[one.partition] = one.offset
                elif one.partition in self._wanted:
                    known[one.partition] = self._wanted[one.partition]
        for one in partitions:
            one.offset = known.get(one.partition, self._fresh)
        self._begun, self._kept = True, {}
        self._assigned = {one.partition for one in partitions}
        self.reached = {part: known[part] for part in self._assigned if part in known}
        for part in self._assigned:
            self._wanted.pop(part, None)
        consumer.assign(list(partitions))

    def _taken(self, consumer: Any, partitions: Sequence[Any]) -> None:
        """Give partitions back; what is given to us again at once goes on where it was."""
        self._lost(consumer, partitions, kept=dict(self.reached))

    def _lost(self, consumer: Any, partitions: Sequence[Any], *, kept: dict[int, int] | None = None) -> None:
        """Lose partitions that others may have had meanwhile."""
        del partitions  # all of them: assignments are not cooperative
        self._kept = kept or {}
        self._assigned, self.reached = set(), {}
        consumer.unassign()

    def _noted(self, error: Any) -> None:
        """Keep an error that the library tells of in passing and does not get over by itself; a refusal goes first."""
        if self._wrong is not None and self._wrong.name() in REFUSALS:
            return
        if error.name() in (*REFUSALS, "_ALL_BROKERS_DOWN") or error.fatal():
            self._wrong = error

    def _said(self, error: Any) -> Exception:
        """Return an error of the library as ours: by its name, since its words may hold addresses."""
        if self._wrong is not None and self._wrong.name() in REFUSALS:
            error = self._wrong
        name, words = error.name(), error.str()
        if _TOKEN in words:
            return LostError("Kafka: no token comes from `token_url`.")
        if name not in REFUSALS:
            look = _LOOK if name in _SILENT else ""
            return LostError(f"Kafka: {name.strip('_')}.{look}")
        for refused, part, sentence, hint in _SENTENCES:
            if name in refused and part in words:
                return UserError(sentence, hint=hint)
        return UserError(f"Kafka refuses the topic {self._topic!r}: {name.strip('_')}.", hint=HINT)


def _unusable(words: str) -> SettingError:
    """Return the error of settings that the library does not take, by the option that it names."""
    option = next((option for name, option in _OPTIONS if name in words), "one of the options")
    return SettingError(f"The library of Kafka cannot use {option} of the stream.", hint=HINT)


def _library() -> ModuleType:
    """Return the client library; it is optional, since few workspaces read from a broker."""
    try:
        import confluent_kafka  # noqa: PLC0415
    except ImportError as error:
        raise MissingPackageError(
            "A stream from Kafka needs the package confluent-kafka.", extra="live"
        ) from error
    return confluent_kafka

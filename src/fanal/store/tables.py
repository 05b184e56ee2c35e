"""The tables of the desk; each change of one is a revision in `fanal.store.migrations`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

SCHEMA = MetaData()

BATCHES = Table(
    "batches",
    SCHEMA,
    Column("batch", String, primary_key=True, comment="id that the batch's rows in the lake carry"),
    Column("file", String, nullable=False, comment="name of the file, without its folder"),
    Column("format", String, nullable=False),
    Column("position", Integer, nullable=False, comment="where the stream stood after the batch"),
    Column("posts_read", Integer, nullable=False),
    Column("posts_skipped", Integer, nullable=False),
    Column("posts_rejected", Integer, nullable=False),
    Column("posts_located", Integer, nullable=False),
    Column("posts_without_author", Integer, nullable=False),
    Column("signals", Integer, nullable=False),
    Column("committed_at", DateTime(timezone=True), nullable=False),
    Column("consent", String, nullable=False, server_default="export", comment="a value of Consent"),
    Column("commits", Integer, comment="of a stream, that the row stands for; null: a reading of a file"),
)

SEGMENTS = Table(
    "segments",
    SCHEMA,
    Column("segment", String, primary_key=True, comment="name of a file of the vault that holds several"),
    Column("batch", String, nullable=False, comment="whose rows they are"),
)

STREAMS = Table(
    "streams",
    SCHEMA,
    Column("name", String, primary_key=True, comment="in the settings"),
    Column("source", String, nullable=False, comment="of the catalogue of live sources"),
    Column("consent", String, nullable=False, comment="a value of Consent"),
    Column("terms", String, nullable=False, comment="what the operator noted of them"),
    Column("cursor", String, comment="where to go on; moves with a batch; null: from now on"),
    Column("rows", BigInteger, nullable=False, comment="read since it was first followed, as `cursor`"),
    Column("posts", BigInteger, nullable=False, comment="of these, committed as posts"),
    Column("rejected", BigInteger, nullable=False, comment="of these, rejected"),
    Column("state", String, nullable=False, comment="a value of StreamState"),
    Column("detail", String, nullable=False, comment="what is wrong; none of a post's text"),
    Column("since", DateTime(timezone=True), nullable=False, comment="of the state"),
    Column("arrived_at", DateTime(timezone=True), comment="of the newest row"),
    Column("posted_at", DateTime(timezone=True), comment="of the newest post, as it says"),
    Column("committed_at", DateTime(timezone=True), comment="of the newest batch"),
    Column("rate", Float, nullable=False, comment="rows a second over the last minute"),
    Column("lost", BigInteger, nullable=False, comment="connections, in the last run"),
    Column("noted_at", DateTime(timezone=True), nullable=False, comment="its follower's last word"),
)

REJECTS = Table(
    "rejects",
    SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("batch", String, nullable=False, index=True),
    Column("file", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reason", String, nullable=False, comment="one sentence, none of the row's text"),
)

FILES = Table(
    "files",
    SCHEMA,
    Column("label", String, primary_key=True, comment="what `file` says in batches and rejects"),
    Column("name", String, nullable=False, index=True, comment="without its folder"),
    Column(
        "beginning", String, comment="JSON: keyed digests of its start, how its times were read; null: ended"
    ),
    Column("read_on", Date, nullable=False, comment="UTC day on which rows of it were last committed"),
)

PROMISED = Table(
    "promised",
    SCHEMA,
    Column("name", String, primary_key=True, comment="table of the lake"),
    Column("version", Integer, nullable=False, comment="on the disk, and all of its rows committed"),
)

LAYERS = Table(
    "layers",
    SCHEMA,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("version", Integer, nullable=False, comment="version of the layer's table in the lake"),
    Column("rows", Integer, nullable=False),
    Column("source", String, nullable=False),
    Column("licence", String, nullable=False),
    Column("public", Boolean, nullable=False, comment="published by its owner at this level"),
)

LAYER_VERSIONS = Table(
    "layer_versions",
    SCHEMA,
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True, comment="version of the layer's table in the lake"),
    Column("kind", String, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("source", String, nullable=False),
    Column("licence", String, nullable=False),
    Column("public", Boolean, nullable=False, comment="published by its owner at this level"),
    Column("known_at", DateTime(timezone=True), comment="when it became known here; null: always"),
    Column("sha256", String, nullable=False, comment="sha256: of the file as it came; empty: not noted"),
    Column("address", String, nullable=False, comment="fetched from; empty: a file that was added"),
    Column("published", String, nullable=False, comment="when its publisher changed it, as they say"),
)

LAYER_LOOKS = Table(
    "layer_looks",
    SCHEMA,
    Column("name", String, primary_key=True, comment="of the settings, and of the layer"),
    Column("looked_at", DateTime(timezone=True), nullable=False, comment="of the last look"),
    Column("address", String, nullable=False, comment="that the rest belongs to"),
    Column("etag", String, nullable=False, comment="of the version that is here; empty: none was given"),
    Column("modified", String, nullable=False, comment="its Last-Modified; empty: none was given"),
    Column("marker", String, nullable=False, comment="what CKAN says of it; empty: it was not asked"),
    Column("sha256", String, nullable=False, comment="sha256: of the file as it came"),
    Column("failed", String, nullable=False, comment="what went wrong last; empty: nothing"),
)

RELEASES = Table(
    "releases",
    SCHEMA,
    Column("ledger_id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("circle", String, nullable=False),
    Column("statement", String, nullable=False, comment="JSON"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("table", LargeBinary, nullable=False, comment="Arrow IPC stream"),
    Column("week", Date, index=True, comment="week of the posts behind it; null: from layers"),
)

BUDGET = Table(
    "budget",
    SCHEMA,
    Column("week", Date, primary_key=True, comment="Monday of the ISO week whose authors paid"),
    Column("epsilon", Float, nullable=False, comment="privacy loss over all tables of the week"),
)

ALERTS = Table(
    "alerts",
    SCHEMA,
    Column("alert", String, primary_key=True, comment="ten hexadecimal digits"),
    Column("circle", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("family", String, nullable=False),
    Column("state", String, nullable=False, comment="a value of AlertState"),
    Column("last", String, nullable=False, comment="JSON: its newest sighting, also if no Release holds it"),
    Column("found_at", DateTime(timezone=True), nullable=False),
)

SIGHTINGS = Table(
    "sightings",
    SCHEMA,
    Column("content", String, primary_key=True, comment="sha256: of the ledger id and the hotspot's values"),
    Column("alert", String, ForeignKey("alerts.alert"), nullable=False, index=True),
    Column("ledger_id", String, nullable=False, comment="of the Release that it stands in"),
    Column("as_of", Date, nullable=False),
    Column("first_week", Date, nullable=False),
    Column("last_week", Date, nullable=False),
    Column("areas", String, nullable=False, comment="JSON"),
    Column("recurrence_weeks", Float, nullable=False),
)

DECISIONS = Table(
    "decisions",
    SCHEMA,
    Column("id", Integer, primary_key=True, comment="in the order of deciding; a row is never changed"),
    Column("act", String, nullable=False),
    Column("alert", String, ForeignKey("alerts.alert"), comment="null: a mute of an area or a family"),
    Column("area", String),
    Column("family", String),
    Column("who", String, nullable=False, comment="the person"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", Date, comment="first day on which a mute is over"),
    Column("reason", String, nullable=False),
    Column("content", String, comment="of the sighting that was approved"),
)

DELIVERIES = Table(
    "deliveries",
    SCHEMA,
    Column("message", String, primary_key=True, comment="id of the alert and number of its approval"),
    Column("channel", String, primary_key=True),
    Column("target", String, primary_key=True, comment="folder, address or host; no secret"),
    Column("at", DateTime(timezone=True), nullable=False, comment="of the last try"),
    Column("tries", Integer, nullable=False),
    Column("outcome", String, nullable=False, comment="a value of Outcome"),
    Column("detail", String, nullable=False),
)

PEOPLE = Table(
    "people",
    SCHEMA,
    Column("name", String, primary_key=True),
    Column("roles", String, nullable=False, comment="JSON: values of Role"),
    Column("token", String, nullable=False, comment="sha256: of the 256 random bits that the person holds"),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("added_by", String, nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="from then on the token opens nothing; null: open"),
)

AUDIT = Table(
    "audit",
    SCHEMA,
    Column("id", Integer, primary_key=True, comment="from 1, without a gap; a row is never changed"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", String, nullable=False, comment="the person"),
    Column("act", String, nullable=False, index=True, comment="a value of Deed"),
    Column("purpose", String, comment="a value of Purpose; null where the act reads nothing of a person"),
    Column("about", String, nullable=False, comment="an id; never a text, a category or an area of posts"),
    Column("facts", String, nullable=False, comment="JSON"),
    Column("previous", String, nullable=False, comment="digest of the row before; of nothing for the first"),
    Column("digest", String, nullable=False, comment="hmac-sha256: over all the other columns"),
)

INCIDENTS = Table(
    "incidents",
    SCHEMA,
    Column("id", Integer, primary_key=True, comment="in the order of noting; a row is never changed"),
    Column(
        "follows",
        Integer,
        ForeignKey("incidents.id"),
        comment="the incident that it adds to; null: a new one",
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="when it was noted"),
    Column("who", String, nullable=False, comment="the person who noted it"),
    Column("kind", String, nullable=False, comment="a value of IncidentKind"),
    Column("severity", String, nullable=False, comment="a value of Sensitivity"),
    Column("what", String, nullable=False, comment="what happened, without names of those affected"),
    Column("done", String, nullable=False, comment="what was done; empty: nothing yet"),
)

SENSITIVE = Table(
    "sensitive",
    SCHEMA,
    Column("id", Integer, primary_key=True, comment="from 1, without a gap; a row is never changed"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", String, nullable=False, comment="the person"),
    Column("step", String, nullable=False, comment="a value of Step"),
    Column("of", Integer, comment="the step that it ends or answers"),
    Column("area", String),
    Column("group", String),
    Column("rule", String, comment="a value of Treatment"),
    Column("days", Integer),
    Column("reason", String, nullable=False, comment="empty for an answer"),
    Column("expires", Date, comment="last day in force; null: stays"),
    Column("previous", String, nullable=False, comment="digest of the row before; of nothing for the first"),
    Column("digest", String, nullable=False, comment="hmac-sha256: over all the other columns"),
)

CLOSINGS = Table(
    "closings",
    SCHEMA,
    Column("closing", String, primary_key=True, comment="id that its counts in the lake carry"),
    Column("week", Date, primary_key=True, comment="Monday; a week that is read again is closed again"),
    Column("who", String, nullable=False, comment="the person"),
    Column("counted_at", DateTime(timezone=True), nullable=False, comment="from here on its counts stand"),
    Column(
        "ended_at", DateTime(timezone=True), comment="pseudonyms and key are gone; null: still to be done"
    ),
)

ERASURES = Table(
    "erasures",
    SCHEMA,
    Column("erasure", String, primary_key=True, comment="sixteen hexadecimal digits"),
    Column("kind", String, nullable=False, comment="a value of Asked"),
    Column("about", String, comment="keyed hash of what was asked, until it is ended; null: ended"),
    Column("before", Date, comment="Monday: posts of weeks before it are not read in again"),
    Column("who", String, nullable=False, comment="the person who erased"),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="null: to be done again"),
    Column("receipt", String, comment="JSON; null: not ended"),
)

WITHDRAWN = Table(
    "withdrawn",
    SCHEMA,
    Column(
        "mark",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="keyed hash of a post's stream and id",
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="when its stream said so"),
)

ERASED = Table(
    "erased",
    SCHEMA,
    Column("mark", BigInteger, primary_key=True, comment="keyed hash of a post's hash; bits of a uint64"),
)

SHELTERS = Table(
    "shelters",
    SCHEMA,
    Column("location", String, primary_key=True, comment="id of the confidential location"),
    Column("serial", String, nullable=False, unique=True, comment="of its key: sixteen hexadecimal digits"),
    Column("sealed", LargeBinary, nullable=False, comment="the exact place; all are of one length"),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Column("set_by", String, nullable=False, comment="the person"),
)

BLOCKS = Table(
    "blocks",
    SCHEMA,
    Column("id", Integer, primary_key=True, comment="in the order of noting"),
    Column("area", String, nullable=False, comment="code"),
    Column("other", String, comment="code of the other side of a crossing; null: the area itself"),
    Column("reason", String, nullable=False, comment="for staff"),
    Column("who", String, nullable=False, comment="the person who noted it"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", Date, comment="last day on which it holds; null: until it is ended"),
    Column("ended_at", DateTime(timezone=True), comment="null: nobody ended it"),
    Column("ended_by", String, comment="the person; null: nobody"),
)

PLEAS = Table(
    "pleas",
    SCHEMA,
    Column("post", BigInteger, primary_key=True, comment="keyed hash; bits of a uint64"),
    Column("state", String, nullable=False, comment="a value of PleaState; one without a row is open"),
    Column("who", String, nullable=False, comment="the person who took or closed it"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("ending", String, comment="a value of Ending; null: it is not closed"),
)

DIRECTORY_IMPORTS = Table(
    "directory_imports",
    SCHEMA,
    Column("number", Integer, primary_key=True, comment="in the order of importing"),
    Column("source", String, nullable=False, index=True, comment="name of the directory"),
    Column("licence", String, nullable=False),
    Column("country", String, nullable=False, comment="of phones without one: ISO 3166-1; empty: none"),
    Column("file", String, nullable=False, comment="name of the file or folder, without where it lay"),
    Column("form", String, nullable=False, comment="a value of DirectoryForm"),
    Column("sha256", String, nullable=False, comment="sha256: of all rows as they are kept"),
    Column("rows", Integer, nullable=False),
    Column("services", Integer, nullable=False),
    Column("accepted", String, nullable=False, comment="JSON: kinds of problems that a person accepted"),
    Column("who", String, nullable=False, comment="the person"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="a later import took its place; null: it counts"),
)

DIRECTORY_ROWS = Table(
    "directory_rows",
    SCHEMA,
    Column("number", Integer, primary_key=True),
    Column("import", Integer, ForeignKey("directory_imports.number"), nullable=False, index=True),
    Column("table", String, nullable=False, comment="of HSDS"),
    Column("where", String, nullable=False, comment="where it stood in its file"),
    Column("body", String, nullable=False, comment="JSON: the row, whole"),
)

DIRECTORY_VERIFICATIONS = Table(
    "directory_verifications",
    SCHEMA,
    Column("number", Integer, primary_key=True, comment="in the order of verifying; a row is never changed"),
    Column("source", String, nullable=False),
    Column("service", String, nullable=False, comment="id of the service"),
    Column("outcome", String, nullable=False, comment="a value of Outcome of verifications"),
    Column("digest", String, nullable=False, comment="sha256: of the entry as it was verified"),
    Column("until", Date, nullable=False, comment="last day on which it counts"),
    Column("who", String, nullable=False, comment="the person"),
    Column("at", DateTime(timezone=True), nullable=False),
)
Index("directory_verified", DIRECTORY_VERIFICATIONS.c.source, DIRECTORY_VERIFICATIONS.c.service)

DIRECTORY_LINKS = Table(
    "directory_links",
    SCHEMA,
    Column("number", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("service", String, nullable=False),
    Column("other_source", String, nullable=False),
    Column("other_service", String, nullable=False),
    Column("why", String, nullable=False, comment="a value of Likeness"),
)

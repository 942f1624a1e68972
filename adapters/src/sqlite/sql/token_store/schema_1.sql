-- Times are text, `2026-01-31T12:00:00.000000000Z`, so that they sort; days are text, `2026-01-31`; ids are their bytes.

CREATE TABLE node (
    id BLOB NOT NULL PRIMARY KEY,
    until TEXT NOT NULL,
    ttl_ns INTEGER NOT NULL
) WITHOUT ROWID;

-- `live`, `rebuilding` and `newest` are numbers of generations; a processor that shall run has nobody in `paused_by`.
CREATE TABLE processor (
    name TEXT NOT NULL PRIMARY KEY,
    paused_by TEXT,
    paused_reason TEXT,
    live INTEGER NOT NULL,
    rebuilding INTEGER,
    newest INTEGER NOT NULL,
    rejected_dropped INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What belongs to a generation names it by `id`, which is never given out twice.
CREATE TABLE generation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    processor TEXT NOT NULL,
    number INTEGER NOT NULL,
    UNIQUE (processor, number)
);

CREATE TABLE segment (
    generation INTEGER NOT NULL,
    id INTEGER NOT NULL,
    mask INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    owner BLOB,
    until TEXT,
    ttl_ns INTEGER,
    commits INTEGER NOT NULL,
    committed_under INTEGER NOT NULL,
    token_log BLOB NOT NULL,
    token_position INTEGER NOT NULL,
    token_event BLOB,
    PRIMARY KEY (generation, id, mask)
) WITHOUT ROWID;

-- `kind` is 0 for parked, 1 for abandoned, 2 for rejected.
CREATE TABLE letter (
    generation INTEGER NOT NULL,
    id BLOB NOT NULL,
    sequence TEXT NOT NULL,
    kind INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    event BLOB NOT NULL,
    command BLOB,
    type TEXT NOT NULL,
    revision INTEGER NOT NULL,
    payload BLOB NOT NULL,
    metadata BLOB NOT NULL,
    occurred_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failures TEXT NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    due TEXT,
    PRIMARY KEY (generation, id)
);
CREATE INDEX letter_blocking ON letter (generation, sequence, position, id) WHERE kind <> 2;
CREATE INDEX letter_rejected ON letter (generation, first_at, position, id) WHERE kind = 2;
CREATE INDEX letter_kind ON letter (generation, kind);

-- An overlay without payload says that the event is skipped.
CREATE TABLE overlay (
    processor TEXT NOT NULL,
    event BLOB NOT NULL,
    payload BLOB,
    PRIMARY KEY (processor, event)
) WITHOUT ROWID;

CREATE TABLE catalogue_row (
    generation INTEGER NOT NULL,
    no INTEGER NOT NULL,
    title TEXT NOT NULL,
    author TEXT,
    status TEXT NOT NULL,
    holder BLOB,
    title_folded TEXT NOT NULL,
    author_folded TEXT,
    PRIMARY KEY (generation, no)
) WITHOUT ROWID;

CREATE TABLE loan_row (
    generation INTEGER NOT NULL,
    id BLOB NOT NULL,
    member TEXT NOT NULL,
    book INTEGER NOT NULL,
    title TEXT NOT NULL,
    rented_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    overdue INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (generation, id)
) WITHOUT ROWID;
CREATE INDEX loan_due ON loan_row (generation, due_on, id) WHERE state = 'rented' AND overdue = 0;

CREATE TABLE best_seller_row (
    generation INTEGER NOT NULL,
    no INTEGER NOT NULL,
    month TEXT NOT NULL,
    title TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (generation, no, month)
) WITHOUT ROWID;
CREATE INDEX best_seller_month ON best_seller_row (generation, month, count DESC, no) WHERE count > 0;

-- `id` is one byte for the kind (0 rent, 1 return, 2 clearing) and the 16 of the uuid.
CREATE TABLE process_row (
    generation INTEGER NOT NULL,
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    member TEXT NOT NULL,
    book INTEGER,
    status TEXT NOT NULL,
    reason TEXT,
    book_state TEXT,
    book_reason TEXT,
    member_state TEXT NOT NULL,
    member_reason TEXT,
    steps TEXT NOT NULL,
    started_at TEXT NOT NULL,
    started INTEGER NOT NULL,
    deadline TEXT,
    PRIMARY KEY (generation, id)
);
CREATE INDEX process_started ON process_row (generation, started, id);
CREATE INDEX process_member ON process_row (generation, member, started, id);
CREATE INDEX process_status ON process_row (generation, status, started, id);
CREATE INDEX process_deadline ON process_row (generation, deadline, id) WHERE deadline IS NOT NULL;

-- Claims and heartbeats end by the database's clock. The times of letters and attempts are text, `2026-01-31T12:00:00.000000000Z`,
-- so that they sort and lose nothing; days are text, `2026-01-31`. Texts are compared byte by byte.

create table node (
    id uuid primary key,
    until timestamptz not null,
    ttl_us bigint not null
);

-- `live`, `rebuilding` and `newest` are numbers of generations; a processor that shall run has nobody in `paused_by`.
create table processor (
    name text collate "C" primary key,
    paused_by text,
    paused_reason text,
    live bigint not null,
    rebuilding bigint,
    newest bigint not null,
    rejected_dropped bigint not null default 0
);

-- What belongs to a generation names it by `id`, which is never given out twice.
create table generation (
    id bigint generated always as identity primary key,
    processor text collate "C" not null,
    number bigint not null,
    unique (processor, number)
);

-- Changed by every commit, in place as long as its page has room.
create table segment (
    generation bigint not null,
    id bigint not null,
    mask bigint not null,
    epoch bigint not null,
    owner uuid,
    until timestamptz,
    ttl_us bigint,
    commits bigint not null,
    committed_under bigint not null,
    token_log uuid not null,
    token_position bigint not null,
    token_event uuid,
    primary key (generation, id, mask)
) with (fillfactor = 25);

-- `kind` is 0 for parked, 1 for abandoned, 2 for rejected.
create table letter (
    generation bigint not null,
    id uuid not null,
    sequence text collate "C" not null,
    kind smallint not null,
    position bigint not null,
    stream text collate "C" not null,
    version bigint not null,
    event uuid not null,
    command uuid,
    type text collate "C" not null,
    revision bigint not null,
    payload bytea not null,
    metadata bytea not null,
    occurred_at text collate "C" not null,
    attempts bigint not null,
    failures text not null,
    first_at text collate "C" not null,
    last_at text collate "C" not null,
    due text collate "C",
    primary key (generation, id)
);
create index letter_blocking on letter (generation, sequence, position, id) where kind <> 2;
create index letter_rejected on letter (generation, first_at, position, id) where kind = 2;
create index letter_kind on letter (generation, kind);

-- An overlay without payload says that the event is skipped.
create table overlay (
    processor text collate "C" not null,
    event uuid not null,
    payload bytea,
    primary key (processor, event)
);

create table catalogue_row (
    generation bigint not null,
    no bigint not null,
    title text not null,
    author text,
    status text collate "C" not null,
    holder uuid,
    title_folded text collate "C" not null,
    author_folded text collate "C",
    primary key (generation, no)
);

create table loan_row (
    generation bigint not null,
    id uuid not null,
    member text collate "C" not null,
    book bigint not null,
    title text not null,
    rented_on text collate "C" not null,
    due_on text collate "C" not null,
    overdue boolean not null,
    state text collate "C" not null,
    primary key (generation, id)
);
-- Holds what can become overdue.
create index loan_due on loan_row (generation, due_on, id) where state = 'rented' and not overdue;

create table best_seller_row (
    generation bigint not null,
    no bigint not null,
    month text collate "C" not null,
    title text not null,
    count bigint not null,
    primary key (generation, no, month)
);
create index best_seller_month on best_seller_row (generation, month, count desc, no) where count > 0;

-- `id` is one byte for the kind (0 rent, 1 return, 2 clearing) and the 16 of the uuid.
create table process_row (
    generation bigint not null,
    id bytea not null,
    kind smallint not null,
    member text collate "C" not null,
    book bigint,
    status text collate "C" not null,
    reason text,
    book_state text collate "C",
    book_reason text,
    member_state text collate "C" not null,
    member_reason text,
    steps text not null,
    started_at text collate "C" not null,
    started bigint not null,
    deadline text collate "C",
    primary key (generation, id)
);
create index process_started on process_row (generation, started, id);
create index process_member on process_row (generation, member, started, id);
create index process_status on process_row (generation, status, started, id);
create index process_deadline on process_row (generation, deadline, id) where deadline is not null;

-- The generations that readers see.
create view live_generation as
select generation.id, generation.processor
from processor
join generation on generation.processor = processor.name and generation.number = processor.live;

-- Residue: what erased users had added to open totals, as sums without a person; and the orders by which
-- the sealer moves facts there.
create table if not exists vault.residue
(
    slot DateTime('UTC') comment 'Minute',
    video_id UInt64,
    occurred_at DateTime64(3, 'UTC') comment 'Beginning of the part of the minute: whether the video was public then is asked of it',
    token UInt64 comment 'Tells who was erased apart within a video and a day; nothing leads from it to a user, a video or another day',
    views UInt64,
    engaged_views UInt64,
    watch_time_ms UInt64,
    completions UInt64,
    timed_views UInt64,
    timed_watch_ms UInt64,
    duration_sum_ms UInt64,
    likes UInt64,
    unlikes UInt64,
    comments UInt64,
    uncomments UInt64,
    follows UInt64,
    unfollows UInt64,
    stitches UInt64,
    duets UInt64,
    generation UInt64 comment 'Sealer pass that counted it: what an older one still counts loses'
)
engine = ReplacingMergeTree(generation)
partition by toDate(slot)
order by (slot, video_id, occurred_at, token)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Sums of the facts of erased users: open totals are facts and residue';

create table if not exists vault.residue_people
(
    slot DateTime('UTC') comment 'Quarter of the first act',
    video_id UInt64,
    token UInt64 comment 'As in residue',
    viewers UInt64,
    likers UInt64,
    commenters UInt64,
    remixers UInt64,
    generation UInt64
)
engine = ReplacingMergeTree(generation)
partition by toDate(slot)
order by (slot, video_id, token)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'First acts of erased users on days that hold facts: people are those of people and of residue';

create table if not exists vault.erasures
(
    order_id UInt64 comment 'Random',
    state Enum8('ordered' = 1, 'under_way' = 2, 'done' = 3, 'lost' = 4) comment 'under_way: residue is stored, and its facts, which are being deleted, count no more; lost: what it named is gone, order it anew',
    at DateTime64(3, 'UTC') comment 'When that was so',
    acts UInt64 comment 'Rows of erasing_acts that were ordered; 0 once it is under way',
    people UInt64 comment 'The same of erasing_people',
    generation UInt64 comment 'Sealer pass that said so; 0: the command'
)
engine = ReplacingMergeTree(generation)
order by order_id
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Orders to erase a user, without the user, and how far the sealer is with each';

create table if not exists vault.erasing_acts
(
    order_id UInt64,
    slot DateTime('UTC'),
    event_id FixedString(16),
    counts Bool comment 'True: of the payloads under this id that of the user counts, so that no other may count once it is gone'
)
engine = ReplacingMergeTree(counts)
partition by order_id
order by (order_id, slot, event_id)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Facts that are to be erased, by their keys; gone once these are';

create table if not exists vault.erasing_people
(
    order_id UInt64,
    video_id UInt64,
    person UInt64,
    token UInt64 comment 'Random, by which tokens of residue are made',
    prepared_at DateTime('UTC') default now('UTC')
)
engine = ReplacingMergeTree
partition by order_id
order by (order_id, video_id, person)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Persons that are to be erased: gone once they are';

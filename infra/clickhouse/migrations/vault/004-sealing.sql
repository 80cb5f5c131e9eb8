-- What the sealer keeps between two passes: when a video was not public, which spans wait for a late
-- count, and which days are frozen.
alter table vault.attribution
    add column if not exists closed Array(Tuple(from DateTime64(3, 'UTC'), to DateTime64(3, 'UTC')))
    comment 'Times in which the video was not public: acts of then are published by day alone';

create table if not exists vault.late_spans
(
    span Enum8('quarter' = 0, 'day' = 1),
    start DateTime('UTC'),
    since DateTime('UTC') comment 'When a late fact first touched it since it was last counted',
    waiting Bool comment 'False: counted since',
    generation UInt64 comment 'Sealer pass that said so'
)
engine = ReplacingMergeTree(generation)
order by (span, start)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Closed quarters and days that late facts touched and that are not counted again yet';

create table if not exists vault.fact_days
(
    day Date,
    touched_at DateTime('UTC') comment 'When facts of the day were last stored, to the hour',
    state Enum8('open' = 0, 'frozen' = 1, 'dropped' = 2) comment 'frozen: no more facts are taken; dropped: its facts are gone',
    frozen_at DateTime('UTC') comment '1970: not frozen',
    version UInt64
)
engine = ReplacingMergeTree(version)
order by day
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'UTC days that hold facts or held them: a day is frozen 35 days after it was last touched';

create table if not exists vault.people_slices
(
    day Date,
    version UInt64 comment 'Of the count that the slice is a part of',
    slice DateTime('UTC'),
    video_id UInt64,
    viewers UInt64,
    likers UInt64,
    commenters UInt64,
    remixers UInt64
)
engine = ReplacingMergeTree
partition by (day, version)
order by (day, version, slice, video_id)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'A day of people while it is being counted, slice by slice; dropped once it is published';

-- Guarded leaves: where those that were decided end, by which people are marked as sealed; and who may seal.
create table if not exists vault.video_leaves
(
    video_id UInt64,
    leaf UInt32 comment 'Ordinal, from 1',
    from_at DateTime('UTC'),
    to_at DateTime('UTC') comment 'Not included',
    generation UInt64 comment 'Sealer pass in which it was decided'
)
engine = ReplacingMergeTree
order by (video_id, leaf)
settings
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Leaves of videos that were decided: whoever acted in one of them for the first time is marked with its ordinal';

create table if not exists vault.seal_snapshots
(
    generation UInt64 comment 'Sealer pass that took it; decisions name the same',
    metric Enum8('viewers' = 0, 'likers' = 1, 'commenters' = 2, 'remixers' = 3, 'saves' = 4, 'unsaves' = 5, 'shares' = 6, 'others' = 7),
    video_id UInt64 comment '0: no person, but the sign that the snapshot was taken',
    person UInt64,
    total UInt64 comment 'As in people when it was taken'
)
engine = ReplacingMergeTree
partition by generation
order by (video_id, metric, person)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Whom a seal counts, from before its decision until they are marked; dropped then';

create table if not exists vault.takeovers
(
    epoch UInt64 comment 'Offset of the record in takeovers.v1',
    taken_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree
order by epoch
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Sealers in the order in which they took over: the last one marks people, all others are refused';

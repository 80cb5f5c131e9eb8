-- Buckets of breakdowns: whom those that are being decided count, and where those that were decided end.
create table if not exists vault.bucket_snapshots
(
    generation UInt64 comment 'Sealer pass that took it; decisions name the same',
    metric Enum8('viewers' = 0, 'likers' = 1, 'commenters' = 2, 'remixers' = 3, 'saves' = 4, 'unsaves' = 5, 'shares' = 6, 'others' = 7),
    video_id UInt64 comment '0: no person, but the sign that the snapshot was taken',
    person UInt64,
    bucket UInt32 comment 'Whose people count this one; 0: none, since the video was not public',
    dims UInt64 comment 'As in people when it was taken'
)
engine = ReplacingMergeTree
partition by generation
order by (metric, video_id, person)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Whom buckets count, from before their decision until they are marked; dropped then';

create table if not exists vault.video_buckets
(
    metric Enum8('viewers' = 0, 'likers' = 1, 'commenters' = 2, 'remixers' = 3, 'saves' = 4, 'unsaves' = 5, 'shares' = 6, 'others' = 7),
    video_id UInt64,
    bucket UInt32 comment 'Ordinal, from 1',
    from_at DateTime('UTC'),
    to_at DateTime('UTC') comment 'Not included',
    generation UInt64 comment 'Sealer pass in which it was decided'
)
engine = ReplacingMergeTree
order by (metric, video_id, bucket)
settings
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Buckets of videos that were decided: whoever acted in one of them for the first time is marked with its ordinal';

-- Breakdowns: people by one attribute of their first act. One row a bucket, noised once, never changed; a
-- projection of the log of decisions.
create table if not exists rollups.video_buckets
(
    video_id UInt64 comment 'The video',
    metric LowCardinality(String) comment 'viewers, likers, commenters, remixers, saves or shares',
    bucket UInt32 comment 'Buckets of a video and metric count from 1; each begins where the one before ends',
    from_at DateTime('UTC') comment 'Begin of the bucket',
    to_at DateTime('UTC') comment 'End of the bucket, not included',
    pooled_by UInt64 comment '0: it has cells of its own. Else the creator whose pool took its people in, since they were too few: it has no cells, and they are in those of a bucket of the pool',
    days Array(Date) comment 'UTC days in which the bucket has people, ascending',
    people Array(Int32) comment 'People of each of these days when the bucket was sealed, as they were published as totals: of saves and shares with noise',
    region Array(Int32) comment 'People by region, with noise: a number for each value of the domain, zeros included; may be negative',
    age_band Array(Int32) comment 'The same by age band',
    gender Array(Int32) comment 'The same by gender',
    traffic_source Array(Int32) comment 'The same by traffic source',
    device Array(Int32) comment 'The same by device',
    policy LowCardinality(String) comment 'Version of the policy that says how much noise: see policy',
    decided_at DateTime('UTC') comment 'When it was published, cut to the minute',
    generation UInt64 comment 'Sealer pass that decided it'
)
engine = ReplacingMergeTree
order by (video_id, metric, bucket)
settings
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Buckets of a video: at least 100 people each, or handed to the pool of its creator; a person is in one bucket of a metric';

create table if not exists rollups.pool_buckets
(
    creator_id UInt64 comment 'The creator who had the videos when they were handed over',
    metric LowCardinality(String) comment 'viewers, likers, commenters, remixers, saves or shares',
    bucket UInt32 comment 'Buckets of a pool count from 1; each has the buckets of videos that were handed over since the one before',
    from_at DateTime('UTC') comment 'Begin of the earliest bucket in it',
    to_at DateTime('UTC') comment 'End of the latest bucket in it, not included',
    days Array(Date) comment 'UTC days in which the bucket has people, ascending',
    people Array(Int32) comment 'People of each of these days when the bucket was sealed, as they were published as totals: of saves and shares with noise',
    region Array(Int32) comment 'People by region, with noise: a number for each value of the domain, zeros included; may be negative',
    age_band Array(Int32) comment 'The same by age band',
    gender Array(Int32) comment 'The same by gender',
    traffic_source Array(Int32) comment 'The same by traffic source',
    device Array(Int32) comment 'The same by device',
    policy LowCardinality(String) comment 'Version of the policy that says how much noise: see policy',
    decided_at DateTime('UTC') comment 'When it was published, cut to the minute',
    generation UInt64 comment 'Sealer pass that decided it'
)
engine = ReplacingMergeTree
order by (creator_id, metric, bucket)
settings
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Buckets of a creator: the people of videos that had too few for buckets of their own';

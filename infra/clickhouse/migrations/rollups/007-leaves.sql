-- Guarded totals: one row a leaf, noised once, never changed; a projection of the log of decisions.
create table if not exists rollups.video_leaves
(
    video_id UInt64 comment 'The video',
    leaf UInt32 comment 'Leaves of a video count from 1; each begins where the one before ends',
    from_at DateTime('UTC') comment 'Begin of the leaf',
    to_at DateTime('UTC') comment 'End of the leaf, not included',
    saves Int32 comment 'People who saved the video for the first time, with noise; may be negative',
    unsaves Int32 comment 'People who took it off their list for the first time, with noise; may be negative',
    shares Int32 comment 'People who shared the video for the first time, with noise; may be negative',
    policy LowCardinality(String) comment 'Version of the policy that says how much noise: see policy',
    decided_at DateTime('UTC') comment 'When it was published, cut to the minute',
    generation UInt64 comment 'Sealer pass that decided it'
)
engine = ReplacingMergeTree
order by (video_id, leaf)
settings
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Guarded totals of a video, one row a leaf of 5 minutes to 28 days: exact counts are kept nowhere';

create table if not exists rollups.policy
(
    version String comment 'Named by every leaf',
    preset LowCardinality(String) comment 'Which of its presets is in force',
    text String comment 'The whole policy as JSON: what is guarded, how long leaves are, how much noise',
    since DateTime('UTC') comment 'When it was first in force'
)
engine = ReplacingMergeTree(since)
order by (version, preset)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'The privacy policies that numbers were published under';

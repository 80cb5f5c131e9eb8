-- Open totals: exact sums by video and by creator, per minute, quarter and UTC day. Readers take the
-- newest generation that is finished; a repeat of a generation replaces itself.
create database if not exists rollups;

create table if not exists rollups.video_minutes
(
    video_id UInt64 comment 'The video',
    minute DateTime('UTC') comment 'Minute, UTC',
    views UInt64 comment 'Views: one per playback start.',
    engaged_views UInt64 comment 'Views that played 3 s, or the whole video where it is shorter.',
    watch_time_ms UInt64 comment 'Played milliseconds, loops included.',
    completions UInt64 comment 'Views that reached 95 % of a known duration.',
    timed_views UInt64 comment 'Views of known duration.',
    timed_watch_ms UInt64 comment 'Played milliseconds of views of known duration.',
    duration_sum_ms UInt64 comment 'Sum of the known durations of views.',
    likes UInt64 comment 'Likes, gross.',
    unlikes UInt64 comment 'Likes taken back, gross.',
    comments UInt64 comment 'Comments, gross.',
    uncomments UInt64 comment 'Comments removed, gross.',
    follows UInt64 comment 'Follows of the creator stamped with this video, gross.',
    unfollows UInt64 comment 'Unfollows stamped with this video, gross.',
    stitches UInt64 comment 'Published stitches of this video.',
    duets UInt64 comment 'Published duets of this video.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfHour(minute)
order by (video_id, minute, generation)
ttl minute + interval 3 hour
settings index_granularity = 1024, ttl_only_drop_parts = 1
comment 'Open totals of a video per minute of the last hours, one row a generation: take argMax by generation';

create table if not exists rollups.video_quarters
(
    video_id UInt64 comment 'The video',
    quarter DateTime('UTC') comment 'Start of 15 minutes, UTC',
    views UInt64 comment 'Views: one per playback start.',
    engaged_views UInt64 comment 'Views that played 3 s, or the whole video where it is shorter.',
    watch_time_ms UInt64 comment 'Played milliseconds, loops included.',
    completions UInt64 comment 'Views that reached 95 % of a known duration.',
    timed_views UInt64 comment 'Views of known duration.',
    timed_watch_ms UInt64 comment 'Played milliseconds of views of known duration.',
    duration_sum_ms UInt64 comment 'Sum of the known durations of views.',
    likes UInt64 comment 'Likes, gross.',
    unlikes UInt64 comment 'Likes taken back, gross.',
    comments UInt64 comment 'Comments, gross.',
    uncomments UInt64 comment 'Comments removed, gross.',
    follows UInt64 comment 'Follows of the creator stamped with this video, gross.',
    unfollows UInt64 comment 'Unfollows stamped with this video, gross.',
    stitches UInt64 comment 'Published stitches of this video.',
    duets UInt64 comment 'Published duets of this video.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toDate(quarter)
order by (video_id, quarter, generation)
settings index_granularity = 1024
comment 'Open totals of a video per quarter, one row a generation: take argMax by generation';

create table if not exists rollups.video_days
(
    video_id UInt64 comment 'The video',
    day Date comment 'UTC day',
    views UInt64 comment 'Views: one per playback start.',
    engaged_views UInt64 comment 'Views that played 3 s, or the whole video where it is shorter.',
    watch_time_ms UInt64 comment 'Played milliseconds, loops included.',
    completions UInt64 comment 'Views that reached 95 % of a known duration.',
    timed_views UInt64 comment 'Views of known duration.',
    timed_watch_ms UInt64 comment 'Played milliseconds of views of known duration.',
    duration_sum_ms UInt64 comment 'Sum of the known durations of views.',
    likes UInt64 comment 'Likes, gross.',
    unlikes UInt64 comment 'Likes taken back, gross.',
    comments UInt64 comment 'Comments, gross.',
    uncomments UInt64 comment 'Comments removed, gross.',
    follows UInt64 comment 'Follows of the creator stamped with this video, gross.',
    unfollows UInt64 comment 'Unfollows stamped with this video, gross.',
    stitches UInt64 comment 'Published stitches of this video.',
    duets UInt64 comment 'Published duets of this video.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfMonth(day)
order by (video_id, day, generation)
settings index_granularity = 1024
comment 'Open totals of a video per day, one row a generation: take argMax by generation';

create table if not exists rollups.creator_minutes
(
    creator_id UInt64 comment 'The creator, by the catalogue',
    minute DateTime('UTC') comment 'Minute, UTC',
    views UInt64 comment 'Views: one per playback start.',
    engaged_views UInt64 comment 'Views that played 3 s, or the whole video where it is shorter.',
    watch_time_ms UInt64 comment 'Played milliseconds, loops included.',
    completions UInt64 comment 'Views that reached 95 % of a known duration.',
    timed_views UInt64 comment 'Views of known duration.',
    timed_watch_ms UInt64 comment 'Played milliseconds of views of known duration.',
    duration_sum_ms UInt64 comment 'Sum of the known durations of views.',
    likes UInt64 comment 'Likes, gross.',
    unlikes UInt64 comment 'Likes taken back, gross.',
    comments UInt64 comment 'Comments, gross.',
    uncomments UInt64 comment 'Comments removed, gross.',
    follows UInt64 comment 'Follows of the creator stamped with this video, gross.',
    unfollows UInt64 comment 'Unfollows stamped with this video, gross.',
    stitches UInt64 comment 'Published stitches of this video.',
    duets UInt64 comment 'Published duets of this video.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfHour(minute)
order by (creator_id, minute, generation)
ttl minute + interval 3 hour
settings index_granularity = 1024, ttl_only_drop_parts = 1
comment 'Open totals of a creator per minute of the last hours, one row a generation: take argMax by generation';

create table if not exists rollups.creator_quarters
(
    creator_id UInt64 comment 'The creator, by the catalogue',
    quarter DateTime('UTC') comment 'Start of 15 minutes, UTC',
    views UInt64 comment 'Views: one per playback start.',
    engaged_views UInt64 comment 'Views that played 3 s, or the whole video where it is shorter.',
    watch_time_ms UInt64 comment 'Played milliseconds, loops included.',
    completions UInt64 comment 'Views that reached 95 % of a known duration.',
    timed_views UInt64 comment 'Views of known duration.',
    timed_watch_ms UInt64 comment 'Played milliseconds of views of known duration.',
    duration_sum_ms UInt64 comment 'Sum of the known durations of views.',
    likes UInt64 comment 'Likes, gross.',
    unlikes UInt64 comment 'Likes taken back, gross.',
    comments UInt64 comment 'Comments, gross.',
    uncomments UInt64 comment 'Comments removed, gross.',
    follows UInt64 comment 'Follows of the creator stamped with this video, gross.',
    unfollows UInt64 comment 'Unfollows stamped with this video, gross.',
    stitches UInt64 comment 'Published stitches of this video.',
    duets UInt64 comment 'Published duets of this video.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toDate(quarter)
order by (creator_id, quarter, generation)
settings index_granularity = 1024
comment 'Open totals of a creator per quarter, one row a generation: take argMax by generation';

create table if not exists rollups.creator_days
(
    creator_id UInt64 comment 'The creator, by the catalogue',
    day Date comment 'UTC day',
    views UInt64 comment 'Views: one per playback start.',
    engaged_views UInt64 comment 'Views that played 3 s, or the whole video where it is shorter.',
    watch_time_ms UInt64 comment 'Played milliseconds, loops included.',
    completions UInt64 comment 'Views that reached 95 % of a known duration.',
    timed_views UInt64 comment 'Views of known duration.',
    timed_watch_ms UInt64 comment 'Played milliseconds of views of known duration.',
    duration_sum_ms UInt64 comment 'Sum of the known durations of views.',
    likes UInt64 comment 'Likes, gross.',
    unlikes UInt64 comment 'Likes taken back, gross.',
    comments UInt64 comment 'Comments, gross.',
    uncomments UInt64 comment 'Comments removed, gross.',
    follows UInt64 comment 'Follows of the creator stamped with this video, gross.',
    unfollows UInt64 comment 'Unfollows stamped with this video, gross.',
    stitches UInt64 comment 'Published stitches of this video.',
    duets UInt64 comment 'Published duets of this video.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfMonth(day)
order by (creator_id, day, generation)
settings index_granularity = 1024
comment 'Open totals of a creator per day, one row a generation: take argMax by generation';

create table if not exists rollups.generations
(
    finished_at DateTime64(3, 'UTC') comment 'When the pass was finished',
    generation UInt64 comment 'epoch << 40 | at least the offset of the newest touched record that was counted',
    watermark DateTime64(3, 'UTC') comment 'Everything appended before is counted',
    complete_through DateTime('UTC') comment 'End of the last closed quarter'
)
engine = ReplacingMergeTree
order by (generation, finished_at)
comment 'Finished sealer passes; the highest generation, then the newest row, says what can be read';

create table if not exists rollups.videos
(
    video_id UInt64,
    creator_id UInt64,
    published_at DateTime64(3, 'UTC'),
    duration_ms UInt32 comment '0: unknown',
    title String,
    kind LowCardinality(String) comment 'original, stitch or duet',
    version UInt64 comment 'Offset of the catalogue record'
)
engine = ReplacingMergeTree(version)
order by video_id
settings index_granularity = 1024
comment 'Public videos';

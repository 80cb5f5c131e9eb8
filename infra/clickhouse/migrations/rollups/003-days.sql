-- Minutes by partition, so that a tick reads the minutes that it counts and no others; what days alone
-- tell: people, and acts on videos that were not public; and whose a video is, for the sums of creators.
drop table if exists rollups.video_minutes;

drop table if exists rollups.creator_minutes;

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
partition by minute
order by (video_id, minute, generation)
ttl minute + interval 3 hour
settings index_granularity = 1024, ttl_only_drop_parts = 1
comment 'Open totals of a video per minute of the last hours, one row a generation: take argMax by generation';

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
partition by minute
order by (creator_id, minute, generation)
ttl minute + interval 3 hour
settings index_granularity = 1024, ttl_only_drop_parts = 1
comment 'Open totals of a creator per minute of the last hours, one row a generation: take argMax by generation';

create table if not exists rollups.video_restricted_days
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
    withheld_views UInt64 comment 'Views whose watch time is withheld: of fewer than 10 viewers of the video on the day.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfMonth(day)
order by (video_id, day, generation)
settings index_granularity = 1024
comment 'Acts on videos while they were not public, of a video per day: in no other table. One row a generation: take argMax by generation';

create table if not exists rollups.creator_restricted_days
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
    withheld_views UInt64 comment 'Views whose watch time is withheld: of fewer than 10 viewers of the video on the day.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfMonth(day)
order by (creator_id, day, generation)
settings index_granularity = 1024
comment 'Acts on videos while they were not public, of a creator per day: in no other table. One row a generation: take argMax by generation';

create table if not exists rollups.video_people_days
(
    video_id UInt64 comment 'The video',
    day Date comment 'UTC day',
    viewers UInt64 comment 'People who viewed a video for the first time.',
    likers UInt64 comment 'People who liked a video for the first time.',
    commenters UInt64 comment 'People who commented on a video for the first time.',
    remixers UInt64 comment 'People who stitched or dueted a video for the first time.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfMonth(day)
order by (video_id, day, generation)
settings index_granularity = 1024
comment 'People by the UTC day of their first act on each video, of a video; of closed days. One row a generation: take argMax by generation';

create table if not exists rollups.creator_people_days
(
    creator_id UInt64 comment 'The creator, by the catalogue',
    day Date comment 'UTC day',
    viewers UInt64 comment 'People who viewed a video for the first time.',
    likers UInt64 comment 'People who liked a video for the first time.',
    commenters UInt64 comment 'People who commented on a video for the first time.',
    remixers UInt64 comment 'People who stitched or dueted a video for the first time.',
    generation UInt64 comment 'Sealer pass that published this row'
)
engine = ReplacingMergeTree
partition by toStartOfMonth(day)
order by (creator_id, day, generation)
settings index_granularity = 1024
comment 'People by the UTC day of their first act on each video, of a creator; of closed days. One row a generation: take argMax by generation';

create table if not exists directory.attribution
(
    video_id UInt64,
    creator_id UInt64,
    version UInt64 comment 'Offset of the catalogue record'
)
engine = ReplacingMergeTree(version)
order by video_id
settings index_granularity = 1024
comment 'Whose a video is, known before its counts are: what the sums of creators are made by';

alter table rollups.generations
    add column if not exists people_through DateTime('UTC')
    comment 'End of the last UTC day that is closed and whose people are counted';

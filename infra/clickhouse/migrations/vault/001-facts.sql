-- Facts: one row an event, pseudonymous. One event id is one key, whatever a second payload says.
create database if not exists vault;

create table if not exists vault.facts
(
    slot DateTime('UTC') comment 'Time of the event id, cut to 10 s',
    event_id FixedString(16) comment 'UUID version 7, big endian',
    type Enum8('view' = 0, 'like' = 1, 'unlike' = 2, 'save' = 3, 'unsave' = 4, 'share' = 5, 'comment' = 6, 'uncomment' = 7, 'follow' = 8, 'unfollow' = 9, 'stitch' = 10, 'duet' = 11),
    occurred_at DateTime64(3, 'UTC'),
    video_id UInt64,
    creator_id UInt64 comment 'Whose video, as the event says; attributes nothing',
    person UInt64 comment 'Pseudonym of (user, video): the same person on two videos has two',
    region LowCardinality(String),
    age_band Enum8('unknown' = 0, '13-17' = 1, '18-24' = 2, '25-34' = 3, '35-44' = 4, '45-54' = 5, '55-64' = 6, '65+' = 7),
    gender Enum8('unknown' = 0, 'female' = 1, 'male' = 2, 'other' = 3),
    device Enum8('unknown' = 0, 'mobile' = 1, 'tablet' = 2, 'desktop' = 3, 'tv' = 4, 'other' = 5),
    traffic_source Enum8('unknown' = 0, 'for_you' = 1, 'following' = 2, 'friends' = 3, 'search' = 4, 'hashtag' = 5, 'sound' = 6, 'profile' = 7, 'direct_message' = 8, 'share_link' = 9, 'external' = 10, 'notification' = 11, 'playlist' = 12, 'saved_list' = 13, 'stitch' = 14, 'duet' = 15, 'comment_link' = 16, 'promoted' = 17, 'other' = 18),
    follow_status Enum8('unknown' = 0, 'follower' = 1, 'non_follower' = 2),
    watched_ms UInt32,
    duration_ms UInt32 comment '0: unknown',
    position_ms Int32 comment '-1: not given',
    share_channel Enum8('unknown' = 0, 'direct_message' = 1, 'copy_link' = 2, 'external_app' = 3, 'other' = 4),
    derived_video_id UInt64 comment '0: none',
    payload_hash UInt64 default cityHash64(
        type, occurred_at, video_id, creator_id, person, region, age_band, gender, device,
        traffic_source, follow_status, watched_ms, duration_ms, position_ms, share_channel,
        derived_video_id) comment 'Of two payloads under one id the higher hash counts'
)
engine = ReplacingMergeTree(payload_hash)
partition by toDate(slot)
order by (slot, event_id)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Every counted engagement event, without the user who acted';

create table if not exists vault.attribution
(
    video_id UInt64,
    creator_id UInt64,
    visibility LowCardinality(String),
    published_at DateTime64(3, 'UTC'),
    version UInt64 comment 'Offset of the catalogue record'
)
engine = ReplacingMergeTree(version)
order by video_id
settings
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Whose video a count belongs to, by the catalogue';

-- The directory: every catalogued video and creator, for the reports of their owners; not for analysts.
create database if not exists directory;

create table if not exists directory.videos
(
    video_id UInt64,
    creator_id UInt64,
    published_at DateTime64(3, 'UTC'),
    duration_ms UInt32 comment '0: unknown',
    title String comment 'Empty once deleted',
    visibility LowCardinality(String),
    kind LowCardinality(String),
    original_video_id UInt64 comment '0: none',
    thumbnail_url String comment 'Empty: none',
    version UInt64 comment 'Offset of the catalogue record'
)
engine = ReplacingMergeTree(version)
order by video_id
settings index_granularity = 1024
comment 'All videos of the catalogue';

create table if not exists directory.videos_by_creator
(
    creator_id UInt64,
    video_id UInt64,
    version UInt64
)
engine = ReplacingMergeTree(version)
order by (creator_id, video_id)
settings index_granularity = 1024
comment 'Videos that a creator has or once had; directory.videos says whose they are now';

create materialized view if not exists directory.videos_by_creator_from_videos
to directory.videos_by_creator
as select creator_id, video_id, version from directory.videos;

create table if not exists directory.creators
(
    creator_id UInt64,
    handle String,
    time_zone String comment 'IANA name',
    version UInt64 comment 'Offset of the catalogue record'
)
engine = ReplacingMergeTree(version)
order by creator_id
settings index_granularity = 1024
comment 'All creators of the catalogue';

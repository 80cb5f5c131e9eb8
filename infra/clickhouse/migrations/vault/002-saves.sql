-- Save lists: identified, one row a (user, video) pair; the newest version says whether it is saved.
create table if not exists vault.saves
(
    user_id UInt64,
    video_id UInt64,
    saved Bool comment 'False rows are tombstones and are kept',
    saved_at DateTime64(3, 'UTC') comment 'When the act that decided it occurred',
    version UInt64 comment 'ms << 21 | off << 20 | 20 bits of the event id: at equal ms off wins'
)
engine = ReplacingMergeTree(version)
order by (user_id, video_id)
settings
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'Private save lists by their owner';

create table if not exists vault.savers
(
    video_id UInt64,
    user_id UInt64,
    saved Bool,
    version UInt64
)
engine = ReplacingMergeTree(version)
order by (video_id, user_id)
settings
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'The same pairs by video, for checks that go from a video to its savers';

create materialized view if not exists vault.savers_from_saves to vault.savers
as select video_id, user_id, saved, version from vault.saves;

create table if not exists vault.titles
(
    video_id UInt64,
    creator_id UInt64,
    visible Bool comment 'Whether any viewer may see it: public or unlisted',
    title String,
    duration_ms UInt32,
    thumbnail_url String,
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
comment 'What a save list shows of a video';

create view if not exists vault.save_list
definer = saves_writer sql security definer
as select user_id, video_id, saved, saved_at, version
from vault.saves final
where user_id = {user_id:UInt64};

create view if not exists vault.save_titles
definer = saves_writer sql security definer
as select video_id, creator_id, visible, title, duration_ms, thumbnail_url
from vault.titles final
where video_id in {video_ids:Array(UInt64)};

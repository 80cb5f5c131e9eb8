-- What is published outlives a power cut, as the vault does: nothing is published a second time that did not
-- change, so a lost row would stay lost, and a table with many broken parts refuses to load.
alter table rollups.video_minutes modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.video_quarters modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.video_days modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.creator_minutes modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.creator_quarters modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.creator_days modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.generations modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.videos modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.videos modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.videos_by_creator modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.creators modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.video_restricted_days modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.creator_restricted_days modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.video_people_days modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table rollups.creator_people_days modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.attribution modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.notifications modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.notifications_by_video modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

alter table directory.takeovers modify setting
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1, non_replicated_deduplication_window = 0;

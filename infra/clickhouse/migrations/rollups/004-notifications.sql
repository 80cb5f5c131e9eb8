-- Notifications: who made a stitch or duet of whose video. What events claim is stored as it comes; the catalogue decides at every reading what is shown.
create table if not exists directory.notifications
(
    derived_video_id UInt64 comment 'The new video',
    video_id UInt64 comment 'The original video, as the event says',
    user_id UInt64 comment 'Who made the new video, as the event says',
    type Enum8('stitch' = 10, 'duet' = 11) comment 'As the event says',
    occurred_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) comment 'The earliest time that an event said',
    told_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) comment 'The earliest occurred_at that stands in notifications.v1; the year 2200: none yet'
)
engine = AggregatingMergeTree
order by (derived_video_id, video_id, user_id, type)
settings index_granularity = 256
comment 'What events say of stitches and duets; shown_notifications says which of it is so';

create table if not exists directory.notifications_by_video
(
    video_id UInt64,
    derived_video_id UInt64
)
engine = ReplacingMergeTree
order by (video_id, derived_video_id)
settings index_granularity = 256
comment 'The same by the original video';

create materialized view if not exists directory.notifications_by_video_from_notifications
to directory.notifications_by_video
as select video_id, derived_video_id from directory.notifications;

-- Of a creator, or (creator_id 0) of some derived videos: one row a derived video. The catalogue's word on
-- the original counts; where it names none, an event counts whose user the derived video belongs to.
create view if not exists directory.shown_notifications
definer = reports_reader sql security definer
as
with
    asked as (
        select derived_video_id from directory.notifications_by_video
        where video_id in (
            select video_id from directory.videos_by_creator where creator_id = {creator_id:UInt64})
        union all
        select arrayJoin({derived_video_ids:Array(UInt64)})
    ),
    derived as (
        select video_id as derived_video_id, creator_id as derived_creator_id, title as derived_title,
            kind as derived_kind, original_video_id
        from directory.videos final
        where visibility = 'public' and video_id in (select derived_video_id from asked)
    ),
    claimed as (
        select derived_video_id, video_id, user_id, type, min(occurred_at) as occurred_at, min(told_at) as told_at
        from directory.notifications
        where derived_video_id in (select derived_video_id from asked)
        group by derived_video_id, video_id, user_id, type
    ),
    believed as (
        -- The owner's own event before another's, then the earliest; the rest only makes ties fall alike.
        select derived_video_id, derived_creator_id, derived_title, derived_kind,
            argMin(
                (video_id, user_id, type, occurred_at, told_at),
                (user_id <> derived_creator_id, occurred_at, video_id, type, user_id)) as claim
        from claimed inner join derived using derived_video_id
        where if(original_video_id = 0, user_id = derived_creator_id, video_id = original_video_id)
        group by derived_video_id, derived_creator_id, derived_title, derived_kind
    ),
    original as (
        select video_id, creator_id, title
        from directory.videos final
        where visibility = 'public' and video_id in (select video_id from claimed)
    )
select
    original.creator_id as creator_id,
    original.video_id as video_id,
    original.title as title,
    believed.derived_video_id as derived_video_id,
    believed.derived_creator_id as derived_creator_id,
    believed.derived_title as derived_title,
    if(derived_kind = 'original', toString(tupleElement(claim, 3)), derived_kind) as type,
    tupleElement(claim, 2) as user_id,
    toString(tupleElement(claim, 3)) as claimed_type,
    tupleElement(claim, 4) as occurred_at,
    tupleElement(claim, 5) as told_at
from believed
inner join original on original.video_id = tupleElement(claim, 1)
where original.creator_id <> believed.derived_creator_id
    and ({creator_id:UInt64} = 0 or original.creator_id = {creator_id:UInt64});

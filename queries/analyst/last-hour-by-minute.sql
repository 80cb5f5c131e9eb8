-- Views of all videos in each of the last 60 minutes, the running one included.
select minute, sum(minute_views) as views
from
(
    select video_id, minute, argMax(views, generation) as minute_views
    from rollups.video_minutes
    where minute > now() - interval 1 hour
        and generation <= (select max(generation) from rollups.generations)
    group by video_id, minute
)
group by minute
order by minute

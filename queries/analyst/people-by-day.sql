-- People by the UTC day of their first act on a video, newest first. Summed over videos: who viewed three
-- videos for the first time counts three times.
select
    day,
    sum(day_viewers) as viewers,
    sum(day_likers) as likers,
    sum(day_commenters) as commenters,
    sum(day_remixers) as remixers
from
(
    select
        video_id,
        day,
        argMax(viewers, generation) as day_viewers,
        argMax(likers, generation) as day_likers,
        argMax(commenters, generation) as day_commenters,
        argMax(remixers, generation) as day_remixers
    from rollups.video_people_days
    where day >= {from:Date} and generation <= (select max(generation) from rollups.generations)
    group by video_id, day
)
group by day
order by day desc

-- Views, likes and the like rate of all creators by closed UTC day, newest first: acts on public videos, and
-- those on videos that were not public, which stand in a table of days alone.
select
    day,
    sum(day_views) as views,
    sum(day_likes) as likes,
    likes / nullIf(views, 0) as like_rate
from
(
    select
        creator_id,
        day,
        argMax(views, generation) as day_views,
        argMax(likes, generation) as day_likes
    from rollups.creator_days
    where day >= {from:Date} and generation <= (select max(generation) from rollups.generations)
    group by creator_id, day
    union all
    select
        creator_id,
        day,
        argMax(views, generation) as day_views,
        argMax(likes, generation) as day_likes
    from rollups.creator_restricted_days
    where day >= {from:Date} and generation <= (select max(generation) from rollups.generations)
    group by creator_id, day
)
group by day
order by day desc

-- Public videos by their views in closed quarters since a date, with title and creator.
with totals as
(
    select video_id, sum(quarter_views) as views, sum(quarter_likes) as likes
    from
    (
        select
            video_id,
            quarter,
            argMax(views, generation) as quarter_views,
            argMax(likes, generation) as quarter_likes
        from rollups.video_quarters
        where quarter >= toDateTime({from:Date}, 'UTC')
            and generation <= (select max(generation) from rollups.generations)
        group by video_id, quarter
    )
    group by video_id
)
select video_id, creator_id, title, views, likes
from totals
inner join rollups.videos as v final using (video_id)
order by views desc, video_id
limit 20

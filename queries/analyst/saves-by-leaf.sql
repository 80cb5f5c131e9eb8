-- Saves of videos by leaf, newest first, with the 95 % margin that their noise gives them: a number below its
-- margin tells no more than that it is small. Never compare two leaves by less than both margins.
with noise as
(
    select
        version,
        min(JSONExtractFloat(text, 'presets', preset, 'totals', 'saves')) as epsilon
    from rollups.policy final
    group by version
)
select
    video_id,
    leaf,
    from_at,
    to_at,
    saves,
    toUInt32(ceil(1.96 * sqrt(2 * exp(-epsilon)) / (1 - exp(-epsilon)))) as margin
from rollups.video_leaves as leaves final
inner join noise on noise.version = leaves.policy
where to_at > toDateTime({from:Date}, 'UTC')
    and generation <= (select max(generation) from rollups.generations)
order by from_at desc, video_id
limit 1000

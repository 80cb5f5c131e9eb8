-- Savers of a video by age band: its buckets summed, with the 95 % margin of their noise. What lies past the
-- last bucket is in none of them, and a bucket that was handed to the pool of the creator has no cells. The
-- names are those of the cells in their order, which is frozen: new ones may be added at the end.
with noise as
(
    select
        version,
        min(JSONExtractFloat(text, 'presets', preset, 'breakdowns', 'epsilon')) as epsilon
    from rollups.policy final
    group by version
),
    ['unknown', '18-24', '25-34', '35-44', '45-54', '55-64', '65+'] as bands
select
    video_id,
    bands[place] as band,
    sum(cell) as savers,
    toUInt32(ceil(1.96 * sqrt(sum(2 * exp(-epsilon) / pow(1 - exp(-epsilon), 2))))) as margin,
    count() as buckets,
    max(to_at) as told_until
from rollups.video_buckets as buckets final
inner join noise on noise.version = buckets.policy
array join
    age_band as cell,
    arrayEnumerate(age_band) as place
where metric = 'saves'
    and pooled_by = 0
    and to_at > toDateTime({from:Date}, 'UTC')
    and generation <= (select max(generation) from rollups.generations)
group by video_id, place
order by video_id, place
limit 1000

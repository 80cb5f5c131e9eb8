-- What the numbers hold: everything appended before the watermark; quarters are closed up to complete_through,
-- people are counted up to people_through.
select generation, watermark, complete_through, people_through, finished_at
from rollups.generations
order by generation desc, finished_at desc
limit 1

-- What the numbers hold: everything appended before the watermark; quarters are closed up to complete_through.
select generation, watermark, complete_through, finished_at
from rollups.generations
order by generation desc, finished_at desc
limit 1

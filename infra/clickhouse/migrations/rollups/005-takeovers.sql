-- Who counts: a sealer writes its epoch here before it counts anything, and every statement that publishes asks for it.
create table if not exists directory.takeovers
(
    epoch UInt64 comment 'Offset of the record in takeovers.v1; the first bits of the generations that are counted under it',
    taken_at DateTime64(3, 'UTC')
)
engine = ReplacingMergeTree
order by epoch
comment 'Sealers in the order in which they took over: the last one publishes, all others are refused';

-- Late minutes are written down as well: a report by minute shows the last hour, closed quarters among it.
alter table vault.late_spans
    modify column span Enum8('quarter' = 0, 'day' = 1, 'minute' = 2);

alter table vault.late_spans
    modify comment 'Minutes, closed quarters and days that late facts touched and that are not counted again yet';

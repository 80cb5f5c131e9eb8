-- People: the first act of a person on a video, by kind. A row an act until merges keep the smallest,
-- so whatever is stored again, late or out of order changes nothing but what is earlier.
create table if not exists vault.people
(
    metric Enum8('viewers' = 0, 'likers' = 1, 'commenters' = 2, 'remixers' = 3, 'saves' = 4, 'unsaves' = 5, 'shares' = 6, 'others' = 7) comment 'What the person did first; others: undoings and follows, by which a video is known to have a past',
    video_id UInt64,
    person UInt64 comment 'Pseudonym of (user, video)',
    total SimpleAggregateFunction(min, UInt64) comment 'First act for totals: ms << 21 | region << 13 | age_band << 10 | gender << 8 | traffic_source << 3 | device',
    dims SimpleAggregateFunction(min, UInt64) comment 'The same for breakdowns, which seal on their own'
)
engine = AggregatingMergeTree
partition by metric
order by (video_id, person)
settings
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1,
    non_replicated_deduplication_window = 0
comment 'First acts of people on videos, without the user who acted';

-- Who may insert facts may not read or write people: the view does it as admin.
-- Attributes are packed with the time, so that the smallest number has both of the same event. The list of
-- regions is that of the wire: a value's place is its code.
create materialized view if not exists vault.people_from_facts to vault.people
definer = admin sql security definer
as select
    cast(
        transform(
            toInt8(type),
            [0, 1, 6, 10, 11, 3, 4, 5]::Array(Int8),
            [0, 1, 2, 3, 3, 4, 5, 6]::Array(Int8),
            7::Int8),
        'Enum8(\'viewers\' = 0, \'likers\' = 1, \'commenters\' = 2, \'remixers\' = 3, \'saves\' = 4, \'unsaves\' = 5, \'shares\' = 6, \'others\' = 7)'
    ) as metric,
    video_id,
    person,
    bitOr(
        bitShiftLeft(toUInt64(toUnixTimestamp64Milli(occurred_at)), 21),
        toUInt64(
            transform(
                region,
                [
                'ZZ', 'AD', 'AE', 'AF', 'AG', 'AI', 'AL', 'AM', 'AO', 'AQ', 'AR', 'AS', 'AT', 'AU',
                'AW', 'AX', 'AZ', 'BA', 'BB', 'BD', 'BE', 'BF', 'BG', 'BH', 'BI', 'BJ', 'BL', 'BM',
                'BN', 'BO', 'BQ', 'BR', 'BS', 'BT', 'BV', 'BW', 'BY', 'BZ', 'CA', 'CC', 'CD', 'CF',
                'CG', 'CH', 'CI', 'CK', 'CL', 'CM', 'CN', 'CO', 'CR', 'CU', 'CV', 'CW', 'CX', 'CY',
                'CZ', 'DE', 'DJ', 'DK', 'DM', 'DO', 'DZ', 'EC', 'EE', 'EG', 'EH', 'ER', 'ES', 'ET',
                'FI', 'FJ', 'FK', 'FM', 'FO', 'FR', 'GA', 'GB', 'GD', 'GE', 'GF', 'GG', 'GH', 'GI',
                'GL', 'GM', 'GN', 'GP', 'GQ', 'GR', 'GS', 'GT', 'GU', 'GW', 'GY', 'HK', 'HM', 'HN',
                'HR', 'HT', 'HU', 'ID', 'IE', 'IL', 'IM', 'IN', 'IO', 'IQ', 'IR', 'IS', 'IT', 'JE',
                'JM', 'JO', 'JP', 'KE', 'KG', 'KH', 'KI', 'KM', 'KN', 'KP', 'KR', 'KW', 'KY', 'KZ',
                'LA', 'LB', 'LC', 'LI', 'LK', 'LR', 'LS', 'LT', 'LU', 'LV', 'LY', 'MA', 'MC', 'MD',
                'ME', 'MF', 'MG', 'MH', 'MK', 'ML', 'MM', 'MN', 'MO', 'MP', 'MQ', 'MR', 'MS', 'MT',
                'MU', 'MV', 'MW', 'MX', 'MY', 'MZ', 'NA', 'NC', 'NE', 'NF', 'NG', 'NI', 'NL', 'NO',
                'NP', 'NR', 'NU', 'NZ', 'OM', 'PA', 'PE', 'PF', 'PG', 'PH', 'PK', 'PL', 'PM', 'PN',
                'PR', 'PS', 'PT', 'PW', 'PY', 'QA', 'RE', 'RO', 'RS', 'RU', 'RW', 'SA', 'SB', 'SC',
                'SD', 'SE', 'SG', 'SH', 'SI', 'SJ', 'SK', 'SL', 'SM', 'SN', 'SO', 'SR', 'SS', 'ST',
                'SV', 'SX', 'SY', 'SZ', 'TC', 'TD', 'TF', 'TG', 'TH', 'TJ', 'TK', 'TL', 'TM', 'TN',
                'TO', 'TR', 'TT', 'TV', 'TW', 'TZ', 'UA', 'UG', 'UM', 'US', 'UY', 'UZ', 'VA', 'VC',
                'VE', 'VG', 'VI', 'VN', 'VU', 'WF', 'WS', 'YE', 'YT', 'ZA', 'ZM', 'ZW'
                ],
                range(250),
                0) * 8192
            + toUInt32(age_band) * 1024 + toUInt32(gender) * 256
            + toUInt32(traffic_source) * 8 + toUInt32(device)
        )
    ) as total,
    total as dims
from vault.facts;

// The fingerprint of every published schema: one that changes shows that a published schema was changed.

/** CRC-64-AVRO as 16 hex digits, by the name of the `.avsc` file. Append only. */
export const fingerprints = {
  'creator-v1': '5cf755284c8b4698',
  'dead-letter-v1': '89b631cdbd651625',
  'decision-v1': '562aac5b145b57dc',
  'decision-v2': '600291fe2802a231',
  'engagement-v1': '1d3f3853f5f62f8f',
  'erasure-v1': '86d0b82be43a53ae',
  'import-hold-v1': 'a0ae130a78c71971',
  'notification-v1': '7ac3b4cc95dfc0c2',
  'takeover-v1': '2aac64c819dd36cc',
  'touched-v1': 'a36bed3d43499b5b',
  'touched-v2': '5bf928f90586f5ec',
  'video-v1': '558a0d70de6b31c8',
} as const

// Who may do what on the two ClickHouse servers: every process has a user of its own that can do its work and nothing else.

export type ClickhouseServer = 'vault' | 'rollups'

/** **admin** migrates; **writer** and **reader** are processes; **analyst** is people with SQL. */
export type ClickhouseProfile = 'admin' | 'writer' | 'reader' | 'analyst'

export interface ClickhouseUser {
  readonly name: string
  readonly server: ClickhouseServer
  readonly profile: ClickhouseProfile
  readonly grants: readonly string[]
}

export const clickhouseUsers = [
  { name: 'admin', server: 'vault', profile: 'admin', grants: ['grant all on *.*'] },
  {
    name: 'facts_writer',
    server: 'vault',
    profile: 'writer',
    grants: ['grant insert on vault.facts', 'grant select on vault.fact_days'],
  },
  {
    name: 'saves_writer',
    server: 'vault',
    profile: 'writer',
    grants: [
      'grant select, insert on vault.saves',
      'grant select, insert on vault.savers',
      'grant select, insert on vault.titles',
    ],
  },
  {
    name: 'saves_reader',
    server: 'vault',
    profile: 'reader',
    grants: ['grant select on vault.save_list', 'grant select on vault.save_titles'],
  },
  {
    name: 'sealer',
    server: 'vault',
    profile: 'writer',
    grants: [
      // Dropping the facts of a frozen day is an alter delete, and so is an erasure.
      'grant select, alter delete on vault.facts',
      // It marks people as sealed, and takes away who is erased.
      'grant select, insert, alter delete on vault.people',
      'grant select, insert, alter delete on vault.residue',
      'grant select, insert, alter delete on vault.residue_people',
      'grant select, insert on vault.erasures',
      'grant select, insert, alter delete on vault.erasing_acts',
      'grant select, alter delete on vault.erasing_people',
      'grant select, insert on vault.video_leaves',
      'grant select, insert, alter delete on vault.seal_snapshots',
      'grant select, insert on vault.video_buckets',
      'grant select, insert, alter delete on vault.bucket_snapshots',
      'grant select, insert on vault.takeovers',
      'grant select, insert on vault.attribution',
      'grant select, insert on vault.late_spans',
      'grant select, insert on vault.fact_days',
      'grant select, insert, alter delete on vault.people_slices',
      // A takeover ends the statements of the sealer before; a user may end its own.
      'grant select on system.processes',
    ],
  },
  {
    // Reads the log again: what facts say of its events, and then the same insert as the facts consumer's.
    name: 'replayer',
    server: 'vault',
    profile: 'writer',
    grants: [
      'grant select, insert on vault.facts',
      'grant select on vault.fact_days',
      'grant select on vault.late_spans',
      // Events that are compared lie in one; it is gone with the session, however that ends.
      'grant create temporary table on *.*',
      'grant table engine on Memory',
    ],
  },
  {
    // Counts again what is published, and changes nothing.
    name: 'auditor',
    server: 'vault',
    profile: 'reader',
    grants: [
      'grant select on vault.facts',
      'grant select on vault.people',
      'grant select on vault.residue',
      'grant select on vault.residue_people',
      'grant select on vault.erasures',
      'grant select on vault.erasing_acts',
      'grant select on vault.attribution',
      'grant select on vault.late_spans',
      'grant select on vault.fact_days',
    ],
  },
  {
    // Finds what one user did, and orders that to be erased: what was done and how, it does not see.
    name: 'eraser',
    server: 'vault',
    profile: 'writer',
    grants: [
      'grant select (slot, event_id, video_id, person) on vault.facts',
      'grant select (video_id, person) on vault.people',
      'grant select, insert on vault.erasures',
      'grant select, insert, alter delete on vault.erasing_acts',
      'grant select, insert, alter delete on vault.erasing_people',
      // Persons that are looked for lie in one; it is gone with the session, however that ends.
      'grant create temporary table on *.*',
      'grant table engine on Memory',
    ],
  },
  { name: 'admin', server: 'rollups', profile: 'admin', grants: ['grant all on *.*'] },
  {
    name: 'sealer',
    server: 'rollups',
    profile: 'writer',
    grants: [
      'grant select, insert on rollups.*',
      'grant select, insert on directory.*',
      'grant alter delete on rollups.videos',
      // input() reads the body of an insert as a table.
      'grant create temporary table on *.*',
      // A takeover ends the statements of the sealer before; a user may end its own.
      'grant select on system.processes',
    ],
  },
  {
    name: 'notifications_writer',
    server: 'rollups',
    profile: 'writer',
    grants: [
      'grant select, insert on directory.notifications',
      'grant insert on directory.notifications_by_video',
      'grant select on directory.shown_notifications',
    ],
  },
  {
    name: 'auditor',
    server: 'rollups',
    profile: 'reader',
    grants: ['grant select on rollups.*', 'grant select on directory.attribution'],
  },
  {
    name: 'reports_reader',
    server: 'rollups',
    profile: 'reader',
    grants: ['grant select on rollups.*', 'grant select on directory.*'],
  },
  {
    name: 'analyst',
    server: 'rollups',
    profile: 'analyst',
    grants: ['grant select on rollups.*'],
  },
] as const satisfies readonly ClickhouseUser[]

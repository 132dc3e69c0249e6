/** What a link waits for, in milliseconds where nothing else is said. */
export const times = {
  /** From dialling until the server's welcome. */
  welcomeMs: 8_000,
  /** A ticket of `connect` lasts half a minute; what is left of it has to last for the way there. */
  ticketMs: 25_000,
  /** One to come back with lasts ten minutes. */
  keptTicketMs: 570_000,
  /** A connection that has lasted this long is not counted among the failures. */
  lastingMs: 5_000,
  /** Failures in a row after which polling takes over. */
  failuresMost: 2,
  firstBackoffMs: 1_000,
  backoffMostMs: 20_000,
  /** However long the platform asks to stay away. */
  stayAwayMs: 60_000,
  /** Between polling's begin and the next attempt at a long connection, half as much to half as much again by chance. */
  upgradeMs: 30_000,
  upgradeMostMs: 300_000,
  pollLeastMs: 200,
  pollMostMs: 60_000,
  /** A part of what the platform asks for is added by chance. */
  pollSpread: 0.2,
  /** Nobody looks at the page. */
  hiddenMs: 30_000,
  /** The last slot of a drain is long before that. */
  moveMostMs: 600_000,
} as const

/** Anything up to twice as much with every failure: whoever was cut off together does not come back together. */
export const backoff = (failures: number, random: () => number): number =>
  random() * Math.min(times.backoffMostMs, times.firstBackoffMs * 2 ** Math.min(failures - 1, 10))

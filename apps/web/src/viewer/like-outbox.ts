/** What is kept across reloads, so that no tap is lost and none is counted twice. */
export interface Outbox {
  /** Taps not in a batch yet. */
  taps: number
  /** The batch on its way. It keeps its number until it is acknowledged, however often it is sent. */
  batch: { count: number; seq: number } | null
  nextSeq: number
}

export const emptyOutbox: Outbox = { taps: 0, batch: null, nextSeq: 0 }
const batchMax = 50
/** More than anybody taps; a script gets no further. */
const tapsMax = 500

export const tapped = (outbox: Outbox): Outbox => ({ ...outbox, taps: Math.min(outbox.taps + 1, tapsMax) })

/** With a batch to send, if there is anything to send. */
export function batched(outbox: Outbox): Outbox {
  if (outbox.batch || outbox.taps === 0) return outbox
  const count = Math.min(outbox.taps, batchMax)
  return { taps: outbox.taps - count, batch: { count, seq: outbox.nextSeq }, nextSeq: outbox.nextSeq + 1 }
}

export const acknowledged = (outbox: Outbox): Outbox => ({ ...outbox, batch: null })

/** Taps the platform does not know of yet. */
export const pendingTaps = ({ taps, batch }: Outbox): number => taps + (batch?.count ?? 0)

/** What was kept, or a new outbox when that cannot be read. */
export function readOutbox(stored: string | null): Outbox {
  try {
    const { taps, batch, nextSeq } = JSON.parse(stored ?? '') as Outbox
    const whole = [taps, nextSeq, batch?.count ?? 0, batch?.seq ?? 0].every((n) => Number.isSafeInteger(n) && n >= 0)
    return whole ? { taps, batch: batch && { count: batch.count, seq: batch.seq }, nextSeq } : emptyOutbox
  } catch {
    return emptyOutbox
  }
}

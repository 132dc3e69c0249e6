import { z } from 'zod'

const amountMax = 2 ** 31 - 1
const amount = z.int().min(0).max(amountMax)
const objectTypes = ['m', 'a', 'v', 'av', 'i', 'c', 'tt', 'k', 'o'] as const
/** One number, as in version 1, or one for each type of object, as the inner lists of version 2 have it. */
const perType = z.union([amount, z.partialRecord(z.enum(objectTypes), amount)])
const string = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
const codes = z.array(string(64)).max(8)

/**
 * What a player knows of itself, under the keys of Common Media Client Data: those of CTA-5004 and of CTA-5004-B (version 2) that say
 * something of playback. Those about single requests and responses stay with whoever serves them. Bitrates in kbit/s, times in ms.
 * https://cta-wave.github.io/Resources/common-media-client-data--cta-5004-b.html
 */
export const cmcdSchema = z
  .strictObject({
    ab: perType.meta({ description: 'Encoded bitrate, all parts together' }),
    bg: z.boolean().meta({ description: 'Nobody can see the player' }),
    bl: perType.meta({ description: 'Buffer length' }),
    br: perType.meta({ description: 'Encoded bitrate' }),
    bs: z.boolean().meta({ description: 'The buffer ran empty' }),
    bsa: perType.meta({ description: 'How often the buffer ran empty' }),
    bsd: perType.meta({ description: 'How long the last stall took' }),
    bsda: perType.meta({ description: 'How long all stalls took' }),
    cdn: string(128),
    cid: string(128).meta({ description: 'Content' }),
    d: amount.meta({ description: 'Duration of the object' }),
    dfa: amount.meta({ description: 'Frames dropped so far' }),
    dl: amount.meta({ description: 'Deadline' }),
    e: z.enum([
      'abs',
      'abe',
      'ae',
      'as',
      'b',
      'bc',
      'c',
      'ce',
      'e',
      'h',
      'm',
      'pc',
      'pe',
      'pr',
      'ps',
      'rr',
      'sk',
      't',
      'um',
    ]),
    ec: codes.meta({ description: 'Error codes of the player' }),
    lab: perType.meta({ description: 'Lowest encoded bitrate, all parts together' }),
    lb: perType.meta({ description: 'Lowest encoded bitrate' }),
    ltc: amount.meta({ description: 'Latency behind the live edge' }),
    msd: amount.meta({ description: 'Media start delay' }),
    mtp: perType.meta({ description: 'Measured throughput' }),
    nor: z.union([string(256), z.array(string(256)).max(4)]).meta({ description: 'Next object requested' }),
    nr: z.boolean().meta({ description: 'Not rendered' }),
    ot: z.enum(objectTypes),
    pb: perType.meta({ description: 'Bitrate that is shown' }),
    pr: z.number().min(0).max(100).meta({ description: 'Playback rate' }),
    pt: z.int().min(0).meta({ description: 'Playhead time' }),
    rtp: amount.meta({ description: 'Requested maximum throughput' }),
    sf: z.enum(['d', 'h', 'e', 's', 'o']),
    sid: string(64),
    sn: z.int().min(0),
    st: z.enum(['v', 'l', 'll']),
    sta: z.enum(['s', 'p', 'k', 'r', 'a', 'w', 'e', 'f', 'q', 'd']),
    su: z.boolean().meta({ description: 'Needed at once' }),
    tab: perType.meta({ description: 'Top encoded bitrate, all parts together' }),
    tb: perType.meta({ description: 'Top encoded bitrate' }),
    tbl: perType.meta({ description: 'Target buffer length' }),
    tpb: perType.meta({ description: 'Top playable bitrate' }),
    ts: z.int().min(0).meta({ description: 'When, Unix milliseconds' }),
    v: z.int().min(1).max(2),
  })
  .partial()
  .meta({ id: 'Cmcd' })

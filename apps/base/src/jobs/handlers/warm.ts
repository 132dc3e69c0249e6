import { z } from 'zod'
import type { Handler } from '../handler.js'
import { Failed } from '../refusals.js'
import { AccessPages, type AccessPlace, type Asked, warmPages } from './access-pages.js'

const path = z
  .string()
  .max(300)
  .regex(/^\/v1\/[A-Za-z0-9/_.~?=&%-]+$/, 'must be an address of the audience, such as /v1/events/spring-gala')

const params = z.strictObject({
  paths: z.array(path).max(64).default([]).meta({ description: 'Besides the pages of the event' }),
  rounds: z.int().min(1).max(5).default(1).meta({ description: 'How often everything is asked for before it counts' }),
  min: z.number().min(0).max(1).default(0.9).meta({ description: 'Fails when less is answered from memory then' }),
})

interface DcWarmth {
  dc: string
  asked: number
  warm: number
  ratio: number
  unreachable: string[]
  /** Addresses that were not answered from memory, and what was said of them instead; some of them. */
  cold: string[]
}

const coldMax = 20

export const warm: Handler<z.output<typeof params>> = {
  name: 'warm',
  title: 'Warm-up',
  does: 'Asks every access process of every data centre for the pages of the event until they are answered from memory, and fails when too few are.',
  needsEvent: true,
  params,
  async run({ paths, rounds, min }, { run, act, progress, signal }) {
    const places = (await act('fleet.access', {})) as AccessPlace[]
    const addresses = [...new Set([...warmPages(run.event ?? ''), ...paths])]
    const questions = places.flatMap((place) => addresses.map((path) => ({ place, path })))
    const total = questions.length * (rounds + 1)
    const pages = new AccessPages(signal)
    let done = 0
    const onAnswer = ({ place }: Asked) => progress(++done, total, place.name)
    try {
      for (let round = 0; round < rounds; round++) await pages.all(questions, onAnswer)
      const answers = await pages.all(questions, onAnswer)
      const dcs = [...new Set(places.map(({ dc }) => dc))].map((dc) => warmthOf(dc, answers))
      const ratio = shareOf(sum(dcs, 'warm'), sum(dcs, 'asked'))
      const result = { ratio, dcs }
      const worst = Math.min(ratio, ...dcs.map((each) => each.ratio))
      if (worst < min)
        throw new Failed(`only ${percent(worst)} of what was asked is in memory, wanted ${percent(min)}`, result)
      return result
    } finally {
      await pages.close()
    }
  },
}

function warmthOf(dc: string, answers: readonly Asked[]): DcWarmth {
  const here = answers.filter(({ place }) => place.dc === dc)
  const cold = here.filter((asked) => !isWarm(asked))
  return {
    dc,
    asked: here.length,
    warm: here.length - cold.length,
    ratio: shareOf(here.length - cold.length, here.length),
    unreachable: [...new Set(cold.filter(({ error }) => error !== undefined).map(({ place }) => place.name))],
    cold: cold
      .slice(0, coldMax)
      .map(({ place, path, status, source, error }) => `${place.name} ${path}: ${error ?? `${status} ${source}`}`),
  }
}

const isWarm = ({ status, source }: Asked) => status === 200 && source === 'hit'
const sum = (dcs: readonly DcWarmth[], of: 'asked' | 'warm') => dcs.reduce((all, each) => all + each[of], 0)
/** Of nothing, nothing is warm: a topology without access is no reason to go on. */
const shareOf = (part: number, whole: number) => (whole > 0 ? Math.round((part / whole) * 1_000) / 1_000 : 0)
const percent = (share: number) => `${Math.round(share * 100)} %`

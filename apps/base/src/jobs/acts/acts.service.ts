import { AppError, eventTime, levelsMax, roomStates, ruleModes, slug, tags, text } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { z } from 'zod'
import type { BaseContext } from '../../base.config.js'
import { ControlPublisher } from '../../control/control-publisher.service.js'
import { FleetService } from '../../fleet/fleet.service.js'
import { RuleModesService } from '../../rules/rule-modes.service.js'
import { SwitchesService } from '../../switches/switches.service.js'
import type { Run } from '../handler.js'
import { ActRefused } from '../refusals.js'
import { EffectsRepository } from './effects.repository.js'
import { EventActs } from './event-acts.js'
import { EventReportService } from './event-report.service.js'
import { ReadinessService } from './readiness.service.js'

interface Act {
  input: z.ZodType
  perform(run: Run, input: unknown): Promise<unknown>
}

const act = <S extends z.ZodType>(input: S, perform: (run: Run, input: z.output<S>) => Promise<unknown>): Act => ({
  input,
  perform: (run, given) => perform(run, given as z.output<S>),
})
const nothing = z.strictObject({})

/** Everything a handler may ask of base, or have it do. */
@Injectable()
export class ActsService {
  readonly #acts: ReadonlyMap<string, Act>

  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock' | 'log'>,
    private readonly effects: EffectsRepository,
    private readonly events: EventActs,
    private readonly switches: SwitchesService,
    private readonly rules: RuleModesService,
    private readonly publisher: ControlPublisher,
    private readonly fleet: FleetService,
    private readonly readiness: ReadinessService,
    private readonly reports: EventReportService,
  ) {
    this.#acts = new Map([...this.#onEvents(), ...this.#onControl(), ...this.#questions()])
  }

  /** @throws ActRefused for everything: with the code of the refusal, or INTERNAL, which is logged here. */
  async perform(run: Run, name: string, input: unknown): Promise<unknown> {
    const found = this.#acts.get(name)
    if (!found) throw new ActRefused('UNKNOWN_ACT', `base knows no act ${name.slice(0, 64)}`, false)
    const parsed = found.input.safeParse(input)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw new ActRefused('VALIDATION_FAILED', `${name}: ${issue?.path.join('.')}: ${issue?.message}`, false)
    }
    try {
      return await found.perform(run, parsed.data)
    } catch (error) {
      if (error instanceof ActRefused) throw error
      if (error instanceof AppError) throw new ActRefused(error.code, error.message, error.retryable)
      this.context.log.error({ err: error, act: name, job: run.job }, 'an act of a job failed unexpectedly')
      throw new ActRefused('INTERNAL', `${name} failed on our side`, true)
    }
  }

  #onEvents(): [string, Act][] {
    const status = z.strictObject({ to: z.enum(['preheat', 'live', 'ended', 'replay']) })
    const room = z.strictObject({ to: z.enum(roomStates) })
    const reminder = z.strictObject({
      name: slug.max(50),
      audience: slug,
      title: text(120),
      body: text(1_000),
      at: eventTime.optional(),
    })
    return [
      ['event.status', act(status, async (run, { to }) => (await this.events.status(run, to)).reply)],
      ['event.room', act(room, async (run, { to }) => (await this.events.room(run, to)).reply)],
      ['reminder.write', act(reminder, async (run, given) => (await this.events.remind(run, given)).reply)],
      ['report.make', act(nothing, (run) => this.#report(run))],
      ['mark', act(z.strictObject({ note: text(200).optional() }), (run, { note }) => this.#mark(run, note))],
    ]
  }

  #onControl(): [string, Act][] {
    const level = z.strictObject({
      to: z.int().min(0).max(levelsMax),
      ttlMs: z.int().min(1_000).max(86_400_000).optional(),
      step: z.int().min(0).max(99),
    })
    const mode = z.strictObject({ rule: slug, mode: z.enum(ruleModes) })
    return [
      ['level.set', act(level, (run, given) => this.#level(run, given))],
      ['rule.mode', act(mode, (run, given) => this.#ruleMode(run, given))],
    ]
  }

  #questions(): [string, Act][] {
    return [
      ['fleet.access', act(nothing, async () => this.#access())],
      ['readiness.check', act(nothing, (run) => this.readiness.check(eventOf(run)))],
    ]
  }

  async #level(run: Run, { to, ttlMs, step }: { to: number; ttlMs?: number | undefined; step: number }) {
    const { reply, position } = await this.effects.once(run, `level.set.${step}`, async (write) => {
      const { manager, position: newest, actor, reason } = write
      const done = await this.switches.stepLevelWithin(manager, newest, { to, ttlMs, reason }, actor)
      const { set, reached, proposal } = done
      return { reply: { set, reached, proposal: proposal?.id ?? null }, tags: set || proposal ? [tags.control] : [] }
    })
    if (position !== undefined && reply.set) this.publisher.expect(position)
    return reply
  }

  async #ruleMode(run: Run, { rule, mode }: { rule: string; mode: (typeof ruleModes)[number] }) {
    const { reply, position } = await this.effects.once(run, `rule.mode.${rule}`.slice(0, 64), async (write) => {
      const { manager, position: newest, actor, reason } = write
      const done = await this.rules.setWithin(manager, newest, rule, { mode, reason }, actor)
      return { reply: { rule, mode }, tags: done.tags }
    })
    if (position !== undefined) this.publisher.expect(position)
    return reply
  }

  async #mark(run: Run, note: string | undefined) {
    const { reply } = await this.effects.once(run, 'mark', async () => {
      const at = new Date(this.context.clock.nowMs()).toISOString()
      const after = { note: note ?? null, attempt: run.attempt }
      const target = run.event === null ? `job:${run.job}`.slice(0, 120) : `event:${run.event}`
      return { reply: { markedAt: at, attempt: run.attempt }, tags: [], audit: { action: 'jobs.mark', target, after } }
    })
    return reply
  }

  /** Gathered before the write: nobody else can write while it lasts. */
  async #report(run: Run) {
    const report = await this.reports.gather(eventOf(run))
    const { reply } = await this.effects.once(run, 'report.make', async ({ manager }) => {
      await this.reports.store(manager, report)
      const { madeAt, from, to, gaps } = report
      const audit = { action: 'jobs.report', target: `event:${report.event.id}`, after: { madeAt, gaps: gaps.length } }
      return { reply: { madeAt, from, to, gaps }, tags: [], audit }
    })
    return reply
  }

  #access() {
    return this.fleet.parts.flatMap(({ dc, part: { kind, name, url } }) =>
      kind === 'access' ? [{ name, dc, url: url.replace(/\/$/, '') }] : [],
    )
  }
}

function eventOf({ event }: Run): string {
  if (event === null) throw new ActRefused('VALIDATION_FAILED', 'the job belongs to no event', false)
  return event
}

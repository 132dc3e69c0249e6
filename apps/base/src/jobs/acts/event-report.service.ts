import { AppError, type Event, type EventReport, eventReportSchema, parseStored } from '@gala/contracts'
import type { Database } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import type { BaseContext } from '../../base.config.js'
import { EventsService } from '../../events/events.service.js'
import { DATABASE } from '../../tokens.js'
import { AudiencePages } from './audience-pages.js'
import { toPeaks } from './peaks.js'
import { type Facts, readFacts } from './report-facts.js'

/** Of a report: with these lengths it stays far below a megabyte. */
const auditMax = 300

/** What an event was like, put together afterwards from what was written down while it lasted. */
@Injectable()
export class EventReportService {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'read' | 'onWriter'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly events: EventsService,
    private readonly pages: AudiencePages,
  ) {}

  /** Gathers and keeps it. @throws AppError EVENT_NOT_FOUND, and of the database. */
  async make(eventId: string): Promise<EventReport> {
    const report = await this.gather(eventId)
    await this.database.onWriter((manager) => this.store(manager, report))
    return report
  }

  /** @throws AppError REPORT_NOT_FOUND. */
  async read(eventId: string): Promise<EventReport> {
    const { value } = await this.database.read((manager) =>
      manager.query<{ report_json: string }[]>('SELECT report_json FROM event_reports WHERE event_id = ?', [eventId]),
    )
    const report = value[0] && parseStored(eventReportSchema, value[0].report_json)
    if (!report) throw new AppError('REPORT_NOT_FOUND', `no report of ${eventId} has been made`)
    return report
  }

  /** Inside a write: in place of the one before. */
  async store(manager: EntityManager, report: EventReport) {
    await manager.query(
      `INSERT INTO event_reports (event_id, made_at, report_json) VALUES (?, ?, ?)
       ON DUPLICATE KEY UPDATE made_at = VALUES(made_at), report_json = VALUES(report_json)`,
      [report.event.id, new Date(report.madeAt), JSON.stringify(report)],
    )
  }

  /** From what stands there now; keeps nothing. What cannot be asked is named, and nothing is put in its place. */
  async gather(eventId: string): Promise<EventReport> {
    const event = await this.events.read(eventId)
    const madeMs = this.context.clock.nowMs()
    const from = new Date(event.startAt)
    const to = new Date(Math.max(from.getTime(), Math.min(Date.parse(event.endAt), madeMs)))
    const [facts, peaks, stats] = await Promise.all([
      this.database.read((manager) => readFacts(manager, { eventId, from, to, auditMax })),
      this.database.read((manager) =>
        manager.query<{ name: string; value: number; at: Date }[]>(
          'SELECT name, value, at FROM event_peaks WHERE event_id = ?',
          [eventId],
        ),
      ),
      this.pages.stats(eventId),
    ])
    const gaps = gapsOf(event, madeMs, facts.value)
    if (peaks.value.length === 0) gaps.push('peaks: the event was never looked at while it was on preheat or live')
    const now = stats.find(({ value }) => value !== null && !value.partial)?.value
    if (!now) {
      const whys = stats.map(({ dc, value, why }) => `${dc}: ${value ? 'a data centre is missing in it' : why}`)
      gaps.push(`counts of now could not be asked (${whys.join('; ')}): totals are as last written down`)
    }
    const { steps, errors, degradations, audit } = facts.value
    return {
      event,
      madeAt: new Date(madeMs).toISOString(),
      from: from.toISOString(),
      to: to.toISOString(),
      peaks: toPeaks(peaks.value),
      totals: [
        { name: 'plays', value: now?.plays ?? facts.value.plays, unit: 'viewing sessions' },
        { name: 'likes', value: now?.likes ?? facts.value.likes, unit: 'likes' },
        ...(now ? [{ name: 'online when it was made', value: now.online, unit: 'browsers' }] : []),
      ],
      errors,
      degradations,
      steps,
      audit,
      gaps,
    }
  }
}

function gapsOf(event: Event, madeMs: number, { auditTotal, degradationsTotal, degradations }: Facts): string[] {
  const gaps = [
    'peaks are the highest of what is looked at every ten seconds',
    'errors: what viewers were refused is counted in metrics only, and is not in here',
    'breakers that opened by themselves are in metrics and logs only; degradations are those that were ordered, or done by rules',
  ]
  if (auditTotal > auditMax) gaps.push(`audit: the first ${auditMax} of ${auditTotal} entries`)
  if (degradationsTotal > degradations.length)
    gaps.push(`degradations: the first ${degradations.length} of ${degradationsTotal}`)
  if (madeMs < Date.parse(event.endAt)) gaps.push('it was made before the end of the event')
  return gaps
}

import { AppError, type Play, playSchema, publicApi, type Stats, statsSchema } from '@gala/contracts'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { Agent, request } from 'undici'
import type { z } from 'zod'
import { explain } from '../../fleet/explain.js'
import { FleetService } from '../../fleet/fleet.service.js'

const askTimeoutMs = 1_500
const bodyBytesMax = 256 * 1_024
/** Access processes asked one after the other before a data centre is given up. */
const triesMax = 3

export type Found<T> = { dc: string; value: T; why: null } | { dc: string; value: null; why: string }

/** What the audience would be answered, asked of access processes directly. */
@Injectable()
export class AudiencePages implements OnApplicationShutdown {
  readonly #agent = new Agent({ connect: { timeout: askTimeoutMs }, connections: 2, maxResponseSize: bodyBytesMax })

  constructor(private readonly fleet: FleetService) {}

  async onApplicationShutdown() {
    await this.#agent.destroy()
  }

  /** One for each data centre. Never rejects. */
  play(event: string): Promise<Found<Play>[]> {
    return this.#everywhere(publicApi.playback.play.path.replace(':id', event), playSchema)
  }

  stats(event: string): Promise<Found<Stats>[]> {
    return this.#everywhere(publicApi.stats.read.path.replace(':id', event), statsSchema)
  }

  #everywhere<T>(path: string, schema: z.ZodType<T>): Promise<Found<T>[]> {
    return Promise.all(this.fleet.dcs.map((dc) => this.#of(dc, path, schema)))
  }

  async #of<T>(dc: string, path: string, schema: z.ZodType<T>): Promise<Found<T>> {
    const urls = this.fleet.parts.flatMap((of) => (of.dc === dc && of.part.kind === 'access' ? of.part.url : []))
    let why = 'there is no access process'
    for (const url of urls.slice(0, triesMax)) {
      try {
        return { dc, value: await this.#ask(`${url.replace(/\/$/, '')}${path}`, schema), why: null }
      } catch (error) {
        why = explain(error)
      }
    }
    return { dc, value: null, why }
  }

  async #ask<T>(url: string, schema: z.ZodType<T>): Promise<T> {
    const { statusCode, body } = await request(url, {
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(askTimeoutMs),
    })
    const text = await body.text()
    if (statusCode !== 200) throw new AppError('UPSTREAM_UNAVAILABLE', `answers ${statusCode}`)
    return schema.parse(JSON.parse(text))
  }
}

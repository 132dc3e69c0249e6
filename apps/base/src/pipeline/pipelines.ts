import { AppError, type ErrorCode, isErrorCode } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { BaseContext } from '../base.config.js'
import { explain } from '../fleet/explain.js'
import { FleetService } from '../fleet/fleet.service.js'

const connectTimeoutMs = 800
/** A query has ten seconds, and may wait for two others. */
const answerTimeoutMs = 18_000
/** The most a query may answer with, several times over. */
const bodyBytesMax = 16 * 1024 * 1024

const problemSchema = z.object({ code: z.string(), detail: z.string() })

/** What a data centre's pipeline answered, or that it did not. */
export interface Answered<T> {
  dc: string
  value: T | undefined
  /** It has said something, be it that it has nothing. */
  answered: boolean
}

/** Asks the pipeline processes of the data centres, which no one from outside reaches. */
@Injectable()
export class Pipelines implements OnApplicationShutdown {
  readonly #agent = new Agent({ connect: { timeout: connectTimeoutMs }, connections: 4, maxResponseSize: bodyBytesMax })

  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'config' | 'log'>,
    private readonly fleet: FleetService,
  ) {}

  async onApplicationShutdown() {
    await this.#agent.destroy()
  }

  /** @throws AppError what it refuses, or PIPELINE_UNAVAILABLE. */
  async own<S extends z.ZodType>(path: string, schema: S, body?: object): Promise<z.output<S>> {
    return await this.#ask(this.context.config.GALA_DC, path, schema, body)
  }

  /** Of every data centre; `none`: codes by which one says that it has nothing. Never rejects. */
  async all<S extends z.ZodType>(
    path: string,
    schema: S,
    body?: object,
    none: readonly ErrorCode[] = [],
  ): Promise<Answered<z.output<S>>[]> {
    return await Promise.all(
      this.fleet.dcs.map(async (dc) => {
        try {
          return { dc, value: await this.#ask(dc, path, schema, body), answered: true }
        } catch (err) {
          if (err instanceof AppError && none.includes(err.code)) return { dc, value: undefined, answered: true }
          this.context.log.warn({ err, dc, path }, 'a pipeline did not answer')
          return { dc, value: undefined, answered: false }
        }
      }),
    )
  }

  async #ask<S extends z.ZodType>(dc: string, path: string, schema: S, body?: object): Promise<z.output<S>> {
    const urls = this.fleet.parts.flatMap(({ dc: of, part }) =>
      of === dc && part.kind === 'pipeline' ? [part.url] : [],
    )
    let why = `no pipeline runs in ${dc}`
    for (const url of urls) {
      const answer = await this.#post(`${url}${path}`, body).catch((error: unknown) => {
        why = `the pipeline of ${dc}: ${explain(error)}`
        return undefined
      })
      if (!answer) continue
      if (answer.statusCode === 200) return schema.parse(JSON.parse(answer.text))
      const problem = problemSchema.safeParse(JSON.parse(answer.text))
      if (problem.success && isErrorCode(problem.data.code)) throw new AppError(problem.data.code, problem.data.detail)
      why = `the pipeline of ${dc} answers ${answer.statusCode}`
    }
    throw new AppError('PIPELINE_UNAVAILABLE', why)
  }

  async #post(url: string, body: object | undefined) {
    const { statusCode, body: said } = await request(url, {
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(answerTimeoutMs),
      ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return { statusCode, text: await said.text() }
  }
}

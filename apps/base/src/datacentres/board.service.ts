import { type DataCentresBoard, likesInboxKey } from '@gala/contracts'
import type { ServerState } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { ControlReader } from '../control/control-reader.js'
import type { DcStore } from '../control/dc-stores.js'
import { explain } from '../fleet/explain.js'
import { FleetService } from '../fleet/fleet.service.js'
import { STORES } from '../tokens.js'
import { holderOf } from '../writer/succession.js'
import type { Look } from '../writer/votes.js'
import { WRITER, type WriterParts } from '../writer/writer-parts.js'
import { weightStanding } from './weight-rows.js'

type Server = DataCentresBoard['items'][number]['mysql']
type Found = { state: ServerState } | { error: unknown }

/** What every data centre is and has, asked of the voters and servers themselves: it works while base of the others is dead. */
@Injectable()
export class BoardService {
  constructor(
    @Inject(WRITER) private readonly writer: WriterParts | undefined,
    @Inject(STORES) private readonly stores: readonly DcStore[],
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly control: ControlReader,
  ) {}

  async board(): Promise<DataCentresBoard> {
    const [looks, found, { weights }] = await Promise.all([
      this.writer?.votes.look() ?? [],
      this.#servers(),
      this.control.orders(),
    ])
    const nowMs = this.context.clock.nowMs()
    const ballots = looks.flatMap(({ ballot }) => ballot ?? [])
    const holder = holderOf(ballots, this.writer?.votes.needed ?? 0)
    const writer = holder ?? this.#unkept(found)
    return {
      writer: {
        dc: writer?.dc ?? null,
        holder: holder?.holder ?? null,
        token: holder?.token ?? tokenOf(looks),
        leaseMs: holder?.leftMs ?? null,
        since: holder && holder.openedMs > 0 ? new Date(holder.openedMs).toISOString() : null,
      },
      voters: looks.map(({ name, state, ballot }) => ({
        name,
        state: state === 'votes' ? ((ballot?.leftMs ?? 0) > 0 ? 'granted' : 'free') : state,
        holder: ballot && ballot.leftMs > 0 ? ballot.holder : null,
      })),
      votesNeeded: this.writer?.votes.needed ?? 0,
      items: this.fleet.dcs.map((id) => ({
        id,
        mysql: serverOf(found.get(id), stateOf(found.get(writer?.dc ?? ''))),
        links: id === this.context.config.GALA_DC ? linksOf(id, looks) : [],
        weight: weightStanding(weights, id, nowMs),
      })),
      atRisk: [...this.#writesAtRisk(writer?.dc, found, holder?.safe ?? true), ...(await this.#likesAtRisk())],
    }
  }

  /** Every server as this process reaches it. */
  async #servers(): Promise<Map<string, Found>> {
    const servers = [...(this.writer?.servers ?? [])]
    const found = await Promise.all(
      servers.map(
        async ([dc, server]): Promise<[string, Found]> => [
          dc,
          await server.state().then(
            (state) => ({ state }),
            (error: unknown) => ({ error }),
          ),
        ],
      ),
    )
    return new Map(found)
  }

  /** Without voters to ask, the server that takes writes tells. */
  #unkept(found: ReadonlyMap<string, Found>) {
    const [dc] = [...found].find(([, each]) => stateOf(each)?.readOnly === false) ?? []
    return dc === undefined ? undefined : { dc }
  }

  /** Changes that only the writer has, for each data centre that should have them too. */
  #writesAtRisk(dc: string | undefined, found: ReadonlyMap<string, Found>, told: boolean): DataCentresBoard['atRisk'] {
    const writer = stateOf(found.get(dc ?? ''))
    // Whoever might take over goes by what the voters were told.
    const safe = told && writer?.semiSync.on === true && writer.semiSync.replicas > 0
    const held = [...found].flatMap(([id, each]) => (id === dc ? [] : (stateOf(each)?.position ?? [])))
    const behind = writer?.position === undefined || held.length === 0 ? null : writer.position - Math.max(...held)
    const rule = safe
      ? 'a write is acknowledged when another data centre has received it'
      : 'no other data centre confirms writes: what is acknowledged now exists once'
    return [{ data: 'writes', dc: dc ?? 'none', amount: safe ? 0 : behind, unit: 'changes', rule }]
  }

  async #likesAtRisk(): Promise<DataCentresBoard['atRisk']> {
    const key = `${this.context.config.GALA_KEY_PREFIX}${likesInboxKey}`
    return await Promise.all(
      this.stores.map(async ({ dc, redis }) => ({
        data: 'likes' as const,
        dc,
        amount: await redis.xlen(key).catch(() => null),
        unit: 'inbox entries',
        rule: 'taken down in the data centre that answered, booked at home within a second; lost only with its Redis and its disk',
      })),
    )
  }
}

const stateOf = (found: Found | undefined) => (found && 'state' in found ? found.state : undefined)
const tokenOf = (looks: readonly Look[]) => Math.max(0, ...looks.map(({ ballot }) => ballot?.token ?? 0))

function serverOf(found: Found | undefined, writer: ServerState | undefined): Server {
  const state = stateOf(found)
  if (!state) {
    const detail = found && 'error' in found ? explain(found.error) : 'nobody looks after it'
    return { state: 'down', role: null, position: null, behindMs: null, semiSync: null, detail }
  }
  const { replication, readOnly, semiSync, position } = state
  return {
    state: 'up',
    role: readOnly ? (replication ? 'replica' : 'fenced') : 'writer',
    position: position ?? null,
    behindMs:
      replication?.behindS === undefined ? null : position === writer?.position ? 0 : replication.behindS * 1_000,
    semiSync: readOnly ? null : semiSync.on && semiSync.replicas > 0 ? 'on' : 'off',
    detail: replication?.diverged
      ? 'holds writes nobody else has: it has to be built anew'
      : (replication?.error ?? null),
  }
}

/** A vote goes there and back. */
const linksOf = (dc: string, looks: readonly Look[]) =>
  looks.filter(({ name }) => name !== dc).map(({ name, tookMs }) => ({ to: name, rttMs: tookMs }))

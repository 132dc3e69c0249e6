import { bootstrapApi } from './bootstrap.contract.js'
import { opsBreakersApi } from './breakers.contract.js'
import { opsCacheApi } from './cache.contract.js'
import { opsDataCentresApi } from './datacentres.contract.js'
import { eventsApi, opsEventsApi } from './events.contract.js'
import { featuresApi } from './features.contract.js'
import { opsFleetApi } from './fleet.contract.js'
import { opsJobsApi } from './jobs.contract.js'
import { likesApi } from './likes.contract.js'
import { opsPipelineApi } from './ops-pipeline.contract.js'
import { opsRoomsApi } from './ops-rooms.contract.js'
import { pingbacksApi } from './pingbacks.contract.js'
import { playbackApi } from './playback.contract.js'
import { opsPoolsApi } from './pools.contract.js'
import { opsProgrammesApi, programmesApi } from './programmes.contract.js'
import { guestsApi, roomsApi } from './rooms.contract.js'
import type { Route } from './route.js'
import { opsRulesApi } from './rules.contract.js'
import { statsApi } from './stats.contract.js'
import { opsSwitchesApi } from './switches.contract.js'
import { timeApi } from './time.contract.js'
import { opsTimelineApi } from './timeline.contract.js'
import { opsTracesApi } from './traces.contract.js'

/** The route table of the audience: access serves exactly these, the SDK calls exactly these. */
export const publicApi = {
  events: eventsApi,
  playback: playbackApi,
  programmes: programmesApi,
  stats: statsApi,
  likes: likesApi,
  bootstrap: bootstrapApi,
  features: featuresApi,
  time: timeApi,
  rooms: roomsApi,
  guests: guestsApi,
  pingbacks: pingbacksApi,
}

/** The route table of the operators, served by base. */
export const opsApi = {
  events: opsEventsApi,
  programmes: opsProgrammesApi,
  fleet: opsFleetApi,
  cache: opsCacheApi,
  breakers: opsBreakersApi,
  pools: opsPoolsApi,
  switches: opsSwitchesApi,
  rules: opsRulesApi,
  datacentres: opsDataCentresApi,
  jobs: opsJobsApi,
  timeline: opsTimelineApi,
  rooms: opsRoomsApi,
  pipeline: opsPipelineApi,
  traces: opsTracesApi,
}

const flatten = (api: Record<string, Record<string, unknown>>) =>
  Object.values(api).flatMap((group) => Object.values(group) as Route[])

export const publicRoutes: readonly Route[] = flatten(publicApi)
export const opsRoutes: readonly Route[] = flatten(opsApi)

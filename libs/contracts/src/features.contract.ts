import { z } from 'zod'
import { moment } from './fields.js'
import { route } from './route.js'
import { rungs, switchKeys } from './switches.js'

const featuresSchema = z
  .object({
    features: z.record(z.enum(switchKeys), z.enum(rungs)).meta({
      description:
        'Every switch by its key, with the rung it is on for all viewers; what holds for some of them only is not told',
    }),
    asOf: moment,
  })
  .meta({ id: 'Features' })
export type Features = z.output<typeof featuresSchema>

export const featuresApi = {
  read: route({
    name: 'features.read',
    summary: 'How much of each feature is left for all viewers: orders for a part of them are not told here',
    method: 'GET',
    path: '/v1/features',
    reply: featuresSchema,
    criticality: 'critical',
    // A flip ends a copy at once, by its tag; what rules raise carries no position and is seen when the copy ends.
    cache: { freshMs: 1000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 1000,
  }),
}

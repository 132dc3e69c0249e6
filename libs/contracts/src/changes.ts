import { z } from 'zod'

/**
 * A change of stored truth, as it travels on the bus. `position` counts up by one per write of the whole platform, in
 * commit order; whoever has read the database at position p has seen every change up to p. `tags` name what it
 * touched; a cached value carries the tags it was made from.
 */
export const changeSchema = z.object({
  position: z.int().min(1),
  tags: z.array(z.string().max(128)).min(1).max(32),
  atMs: z.int(),
})
export type Change = z.output<typeof changeSchema>

export const tags = {
  events: 'events',
  event: (id: string) => `event:${id}`,
  programmes: (id: string) => `programmes:${id}`,
  /** Orders of operators: to breakers, and which pool answers for an event. */
  control: 'control',
  /** Jobs and timelines: what is to be run, when. */
  jobs: 'jobs',
  /** Settings and mutes of a room. */
  room: (id: string) => `room:${id}`,
  words: 'words',
  gifts: 'gifts',
}

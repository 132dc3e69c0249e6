import { createClient, type GalaClient } from '@gala/sdk'

/** The page comes from an edge; its API is the same one's. */
export const api: GalaClient = createClient({ baseUrl: '' })

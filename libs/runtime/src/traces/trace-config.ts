import { z } from 'zod'
import { httpUrl } from '../config.js'
import { tokenKey } from '../tokens.js'

/** For apps that trace what they do. */
export const traceConfig = {
  GALA_SPOOL_DIR: z.string().min(1).optional().meta({
    description:
      'Folder in which processes of this data centre leave lines to be carried on; left out: traces go nowhere but to `GALA_OTLP_URL`',
  }),
  GALA_TRACE_ONE_IN: z.coerce.number().int().min(0).max(1_000_000_000).default(1_000).meta({
    description:
      'One of so many traces is kept besides those that failed, took long, were degraded or are forced; 0: nothing is traced',
  }),
  GALA_TRACE_KEY: tokenKey.optional().meta({
    description:
      'Key in hex that the tokens which force a trace are signed with, the same in all data centres; left out: none is believed',
  }),
  GALA_OTLP_URL: httpUrl.optional().meta({
    description:
      'Where traces that are kept are sent as well (OTLP over HTTP, JSON), such as http://collector:4318/v1/traces',
  }),
}

import { parseStored, type Viewer, viewerSchema } from '@gala/contracts'

/** Base64url of the longest viewer there may be, when every character takes six bytes. */
const lengthMax = 2_400

/** What access says of the viewer it asks for; undefined when that is nothing one can read. */
export function viewerOf(header: unknown): Viewer | undefined {
  if (typeof header !== 'string' || header.length > lengthMax) return undefined
  return parseStored(viewerSchema, Buffer.from(header, 'base64url').toString())
}

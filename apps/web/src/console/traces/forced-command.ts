const hex = (bytes: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Ids for a request that somebody makes by hand, so that its trace can be opened before it is made. */
export const newTrace = () => ({ trace: hex(16), span: hex(8) })

/** A line for a shell that makes one request which is traced whole. */
export function forcedCommand(of: {
  edge: string
  path: string
  header: string
  token: string
  trace: string
  span: string
}): string {
  const address = quoted(new URL(of.path, `${of.edge}/`).href)
  const headers = [`${of.header}: ${of.token}`, `traceparent: 00-${of.trace}-${of.span}-01`]
  return `curl -sS -o /dev/null -D - ${headers.map((header) => `-H ${quoted(header)}`).join(' ')} ${address}`
}

/** As one word of a shell, whatever stands in it. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** What both Node's requests and those of the raw front have. */
export interface Asked {
  readonly url?: string | undefined
  readonly rawHeaders: readonly string[]
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/**
 * One header of a request, or undefined. Node makes an object of all headers when the first is asked for; what is answered from
 * memory rarely has any of those that matter, and looking through the list as it came costs a tenth of that.
 */
export function named(request: Asked, name: string): string | undefined {
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const is = rawHeaders[i] ?? ''
    if (is.length !== name.length || (is !== name && is.toLowerCase() !== name)) continue
    // There may be more of it: Node knows which of them counts, or how they are joined.
    const value = request.headers[name]
    return typeof value === 'string' ? value : undefined
  }
  return undefined
}

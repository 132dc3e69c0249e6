/** Resolves on a 200 within a second; rejects with what came instead. */
export async function probeHttp(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch((error: Error) => {
    const cause = error.cause as NodeJS.ErrnoException | undefined
    throw new Error(cause?.code ?? error.message)
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`answers ${response.status}: ${text.slice(0, 100)}`)
}

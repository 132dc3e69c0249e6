/** The same work, left out for as long as it is still under way: for a timer that does not wait. */
export function oneAtATime(work: () => Promise<unknown>): () => Promise<void> {
  let busy = false
  return async () => {
    if (busy) return
    busy = true
    try {
      await work()
    } finally {
      busy = false
    }
  }
}

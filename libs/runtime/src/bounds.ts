/** Of every HTTP server of ours, whoever makes it. */
export const bounds = {
  requestTimeout: 10_000,
  // Longer than the edge keeps its idle connections (60 s), so the edge never writes into one we are closing.
  keepAliveTimeout: 75_000,
}

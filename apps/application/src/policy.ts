/**
 * How long a cached value is served without asking MySQL again. The bus ends it within milliseconds of a change; this is
 * the bound for what the bus cannot know of.
 */
export const freshMs = 60_000
/** How long a value may stand in while MySQL cannot be asked. A gala is over after this many hours at most. */
export const staleMs = 6 * 3_600_000

/** The object a text stands for; undefined: it is not one. */
export function paramsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export interface Param {
  name: string
  required: boolean
  /** Such as `integer, 1 to 100`, or `"open" or "closed"`. */
  type: string
  description: string
}

type Json = Record<string, unknown>

/** The parameters a JSON schema of an object asks for. What a schema says beyond that is left to the schema itself. */
export function paramsAsked(schema: Json): Param[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(([name, of]) => ({
    name,
    required: required.includes(name) && !('default' in of),
    type: typeWords(of),
    description: [of['description'], 'default' in of && `${JSON.stringify(of['default'])} when left out`]
      .filter(Boolean)
      .join('; '),
  }))
}

function typeWords(of: Json): string {
  if (Array.isArray(of['enum'])) return of['enum'].map((value) => JSON.stringify(value)).join(' or ')
  if ('const' in of) return JSON.stringify(of['const'])
  const either = of['anyOf'] ?? of['oneOf']
  if (Array.isArray(either)) return either.map((one: Json) => typeWords(one)).join(' or ')
  const type = typeof of['type'] === 'string' ? of['type'] : 'anything'
  const [min, max] = [of['minimum'] ?? of['minLength'], of['maximum'] ?? of['maxLength']]
  // Bounds as wide as a number can be say nothing.
  const told = (bound: unknown) => typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  if (told(min) && told(max)) return `${type}, ${min} to ${max}`
  if (told(min)) return `${type}, ${min} or more`
  return told(max) ? `${type}, ${max} at most` : type
}

/** Parameters to begin with: the required ones and those that have a value when left out. */
export function paramsSkeleton(schema: Json): Json {
  const properties = (schema['properties'] ?? {}) as Record<string, Json>
  const asked = new Set(paramsAsked(schema).flatMap(({ name, required }) => (required ? [name] : [])))
  const blanks: Record<string, unknown> = { integer: 0, number: 0, boolean: false, array: [], object: {} }
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, of]) => {
      if ('default' in of) return [[name, of['default']]]
      if (!asked.has(name)) return []
      const first = Array.isArray(of['enum']) ? of['enum'][0] : undefined
      return [[name, first ?? of['minimum'] ?? blanks[String(of['type'])] ?? '']]
    }),
  )
}

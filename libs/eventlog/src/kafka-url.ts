export interface KafkaAddress {
  brokers: { host: string; port: number }[]
  tls: boolean
  username: string | undefined
  password: string | undefined
}

const form =
  /^kafka(?<tls>\+tls)?:\/\/(?:(?<username>[^:@/]+):(?<password>[^@/]+)@)?(?<hosts>[\w.:[\]-]+(?:,[\w.:[\]-]+)*)\/?$/
const hostForm = /^(?<host>\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/

/**
 * Where a Kafka is: `kafka://HOST:PORT,HOST:PORT`, any of its brokers; `kafka+tls` asks for TLS; with `USER:PASSWORD@` before the hosts
 * it is asked by SCRAM-SHA-512. Undefined when it is not of this form.
 */
export function parseKafkaUrl(url: string): KafkaAddress | undefined {
  const parts = form.exec(url)?.groups
  if (!parts) return undefined
  const brokers = (parts['hosts'] ?? '').split(',').map((each) => {
    const { host, port } = hostForm.exec(each)?.groups ?? {}
    return { host: host?.replace(/^\[|\]$/g, '') ?? '', port: Number(port ?? 9092) }
  })
  if (!brokers.every(({ host, port }) => host !== '' && port >= 1 && port <= 65_535)) return undefined
  const decoded = (text: string | undefined) => (text === undefined ? undefined : decodeURIComponent(text))
  return {
    brokers,
    tls: parts['tls'] !== undefined,
    username: decoded(parts['username']),
    password: decoded(parts['password']),
  }
}

import { beginCall, endedWith } from '@gala/kernel'
import type { Redis } from 'ioredis'

/**
 * While something is being traced, each command of this connection is a step of it: its name, never its keys or values. The steps
 * of a pipeline are commands of their own.
 */
export function traceCommands(redis: Redis, node: { host: string; port: number } | undefined): void {
  const send = redis.sendCommand.bind(redis)
  const attributes = { 'db.system.name': 'redis', ...(node && { 'server.address': `${node.host}:${node.port}` }) }
  redis.sendCommand = (...args: Parameters<Redis['sendCommand']>) => {
    const name = args[0].name.toUpperCase()
    const span = beginCall(`redis ${name}`, { ...attributes, 'db.operation.name': name })
    const answered = send(...args) as Promise<unknown>
    return span ? endedWith(span, answered) : answered
  }
}

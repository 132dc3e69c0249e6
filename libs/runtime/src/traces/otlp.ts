import { type Clock, oneAtATime } from '@gala/kernel'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

const everyMs = 1_000
const timeoutMs = 2_000
const batchMax = 512
const waitingMax = 4_096

/** Sends kept spans on to a collector. What it does not take in time is dropped and counted: nothing here waits for it. */
export class OtlpExport {
  sent = 0
  dropped = 0
  #waiting: ReadableSpan[] = []
  readonly #exporter: OTLPTraceExporter
  readonly #stop: () => void

  constructor(url: string, clock: Pick<Clock, 'every'>) {
    this.#exporter = new OTLPTraceExporter({ url, timeoutMillis: timeoutMs })
    this.#stop = clock.every(everyMs, () => void this.#send())
  }

  add(spans: readonly ReadableSpan[]) {
    const room = Math.max(0, waitingMax - this.#waiting.length)
    this.#waiting.push(...spans.slice(0, room))
    this.dropped += Math.max(0, spans.length - room)
  }

  async close() {
    this.#stop()
    await this.#send()
    await this.#exporter.shutdown()
  }

  readonly #send = oneAtATime(async () => {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax)
      const { code } = await new Promise<ExportResult>((done) => this.#exporter.export(batch, done))
      if (code === ExportResultCode.SUCCESS) this.sent += batch.length
      else {
        this.dropped += batch.length
        // The next one would wait as long for nothing.
        return
      }
    }
  })
}

import { type Clock, type EndedSpan, oneAtATime } from '@gala/kernel'
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode, millisToHrTime } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { boundedAttributes, type Place } from './span-line.js'

const everyMs = 1_000
const timeoutMs = 2_000
const batchMax = 512
const waitingMax = 4_096

/** Sends kept spans on to a collector. What it does not take in time is dropped and counted: nothing here waits for it. */
export class OtlpExport {
  sent = 0
  dropped = 0
  #waiting: EndedSpan[] = []
  readonly #resource: Resource
  readonly #exporter: OTLPTraceExporter
  readonly #stop: () => void

  constructor(url: string, { service, instance, dc }: Place, clock: Pick<Clock, 'every'>) {
    this.#resource = resourceFromAttributes({
      'service.name': `gala-${service}`,
      'service.instance.id': instance,
      'deployment.environment.name': dc,
    })
    this.#exporter = new OTLPTraceExporter({ url, timeoutMillis: timeoutMs })
    this.#stop = clock.every(everyMs, () => void this.#send())
  }

  add(spans: readonly EndedSpan[]) {
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
      const batch = this.#waiting.splice(0, batchMax).map((span) => toSdk(span, this.#resource))
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

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL }

/** As the exporter wants it: only what is kept becomes a span of the SDK. */
function toSdk(span: EndedSpan, resource: Resource): ReadableSpan {
  const { traceId, spanId, parentId, name, kind, atMs, durationMs, error } = span
  const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: TraceFlags.SAMPLED })
  return {
    name,
    kind: kinds[kind],
    spanContext: () => contextOf(spanId),
    ...(parentId !== undefined && { parentSpanContext: contextOf(parentId) }),
    startTime: millisToHrTime(atMs),
    endTime: millisToHrTime(atMs + durationMs),
    duration: millisToHrTime(durationMs),
    status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
    attributes: boundedAttributes(span),
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'gala' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

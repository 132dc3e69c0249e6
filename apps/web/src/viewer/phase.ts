import type { Event } from '@gala/contracts'
import { dayAndTime, span } from '../format/times.js'

/** What a viewer is told of where an event is. */
export interface Phase {
  /** On the badge, after its shape. */
  word: string
  shape: string
  tone: 'calm' | 'soon' | 'live' | 'paused'
  /** In place of the video, or above it where there is one; empty: the video speaks for itself. */
  line: string
  /** There should be a picture. */
  onAir: boolean
  /** What is left until the start; undefined: nothing counts down. */
  countdown: string | undefined
}

const dayMs = 86_400_000

export function phaseOf({ status, startAt }: Pick<Event, 'status' | 'startAt'>, nowMs: number): Phase {
  const leftMs = Date.parse(startAt) - nowMs
  const before = {
    onAir: false,
    countdown: leftMs > 0 ? untilWords(leftMs) : undefined,
    line: leftMs > 0 ? `Starts ${dayAndTime(startAt)}` : 'It begins any moment; this page follows by itself',
  }
  switch (status) {
    case 'draft':
    case 'scheduled':
      return { word: 'Scheduled', shape: '○', tone: 'calm', ...before }
    case 'preheat':
      return { word: 'About to start', shape: '◔', tone: 'soon', ...before }
    case 'live':
      return { word: `Live ${span(-leftMs)}`, shape: '●', tone: 'live', line: '', onAir: true, countdown: undefined }
    case 'paused': {
      const line = 'The event is paused. It goes on here, without reloading'
      return { word: 'Paused', shape: '‖', tone: 'paused', line, onAir: true, countdown: undefined }
    }
    case 'ended':
      return { word: 'Ended', shape: '■', tone: 'calm', line: 'This event is over', onAir: false, countdown: undefined }
    case 'replay': {
      const line = `Replay: this was live ${dayAndTime(startAt)}`
      return { word: 'Replay', shape: '↺', tone: 'calm', line, onAir: true, countdown: undefined }
    }
  }
}

/** `3 d 02:00:05`, or `2:00:05` within a day; the second that has begun counts. */
function untilWords(leftMs: number): string {
  const ms = leftMs + 999
  const days = Math.floor(ms / dayMs)
  return days > 0 ? `${days} d ${span(ms % dayMs).padStart(7, '0:00:00')}` : span(ms)
}

import { existsSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PartSpec } from '../part.js'
import { program } from '../programs.js'

const font = '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf'
const playlistAgeMaxMs = 6_000

/**
 * A live test signal: moving picture, clock and data centre burnt in, tone with a beep each second, in two renditions of
 * two-second segments. Segment numbers count from the start time, so a restarted encoder never reuses a name.
 */
export function stream(options: { dc: string; eventId: string; liveDir: string; edgeUrl: string }): PartSpec {
  const { dc, eventId, liveDir, edgeUrl } = options
  const dir = join(liveDir, eventId)
  return {
    name: `${dc}.stream-${eventId}`,
    kind: 'stream',
    dc,
    url: `${edgeUrl}/live/${eventId}/master.m3u8`,
    prepare: async () => {
      await rm(dir, { recursive: true, force: true })
      await mkdir(dir, { recursive: true })
    },
    command: () => ({ file: program('ffmpeg'), args: encoderArgs(dc), cwd: dir }),
    probe: async () => {
      const playlist = join(dir, '360p', 'index.m3u8')
      if (!existsSync(join(dir, 'master.m3u8')) || !existsSync(playlist)) throw new Error('no playlist yet')
      const ageMs = Date.now() - (await stat(playlist)).mtimeMs
      if (ageMs > playlistAgeMaxMs) throw new Error(`last segment ${Math.round(ageMs / 1000)} s ago`)
    },
    stopSignal: 'SIGTERM',
    restarts: true,
  }
}

function encoderArgs(dc: string): string[] {
  const text = (content: string, y: string, size: number) =>
    `drawtext=${existsSync(font) ? `fontfile=${font}:` : ''}text='${content}':x=(w-tw)/2:y=${y}:fontsize=${size}:` +
    'fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=8'
  const video = [text('%{localtime\\:%T}', '(h-th)/2', 48), text(`Gala ${dc}`, 'h-th-24', 24)].join(',')
  return [
    '-hide_banner',
    '-nostdin',
    '-loglevel',
    'warning',
    '-re',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=640x360:rate=25',
    '-re',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=330:beep_factor=4:sample_rate=44100',
    '-filter_complex',
    `[0:v]${video},split=2[high][low0];[low0]scale=320:180[low]`,
    '-map',
    '[high]',
    '-map',
    '1:a',
    '-map',
    '[low]',
    '-map',
    '1:a',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-threads',
    '1',
    '-g',
    '50',
    '-keyint_min',
    '50',
    '-sc_threshold',
    '0',
    '-b:v:0',
    '500k',
    '-maxrate:v:0',
    '600k',
    '-bufsize:v:0',
    '1000k',
    '-b:v:1',
    '200k',
    '-maxrate:v:1',
    '250k',
    '-bufsize:v:1',
    '400k',
    '-c:a',
    'aac',
    '-b:a',
    '64k',
    '-ac',
    '1',
    '-f',
    'hls',
    '-hls_time',
    '2',
    '-hls_list_size',
    '6',
    '-hls_delete_threshold',
    '2',
    '-hls_start_number_source',
    'epoch',
    '-hls_flags',
    'delete_segments+program_date_time+temp_file+independent_segments',
    '-var_stream_map',
    'v:0,a:0,name:360p v:1,a:1,name:180p',
    '-master_pl_name',
    'master.m3u8',
    '-hls_segment_filename',
    '%v/%d.ts',
    '%v/index.m3u8',
  ]
}

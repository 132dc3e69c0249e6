import { type Document, pairsOf } from './document.js'

/** A plain nginx that answers the document from its configuration: what the kernel and the smallest server leave room for. */
export function returningConf(dir: string, port: number, { headers, status, body }: Document): string {
  const said = pairsOf(headers).flatMap(([name, value]) => (ofReturn.has(name) ? [] : [header(name, value)]))
  const type = new Map(pairsOf(headers)).get('content-type') ?? 'text/plain'
  return conf(
    dir,
    port,
    '',
    `types { } default_type ${quoted(type)}; ${said.join(' ')} return ${status} ${quoted(body)};`,
  )
}

/** A plain nginx that answers from its cache what `originPort` has answered once. */
export function cachingConf(dir: string, port: number, originPort: number): string {
  const store = `proxy_cache_path ${dir}/cache keys_zone=plain:1m;`
  const keep = [
    `proxy_pass http://127.0.0.1:${originPort};`,
    'proxy_cache plain;',
    'proxy_cache_valid 200 1h;',
    'proxy_ignore_headers cache-control x-accel-expires vary;',
    // It tells nobody what it is told there, unless it is asked to.
    'proxy_pass_header x-accel-expires;',
  ]
  return conf(dir, port, store, keep.join(' '))
}

/** Said by nginx itself. */
const ofReturn = new Set(['content-type', 'content-length'])

const header = (name: string, value: string) => `add_header ${name} ${quoted(value)};`

/** @throws for what nginx would take for a variable: it has no way to write it. */
function quoted(text: string): string {
  if (text.includes('$')) throw new Error('nginx cannot be told a text with a dollar')
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const conf = (dir: string, port: number, http: string, location: string) => `worker_processes 1;
daemon off;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log error;
events { worker_connections 1024; }
http {
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  access_log off;
  server_tokens off;
  keepalive_timeout 75s;
  keepalive_requests 1000000;
  ${http}
  server {
    listen 127.0.0.1:${port};
    location / { ${location} }
  }
}
`

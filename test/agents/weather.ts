import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What lies between agents and API. */
export const WEATHERS = ['cut-after', 'slow', '429', 'cut-within', '500', 'garbage', 'cut-before', 'fair'] as const
export type Weather = (typeof WEATHERS)[number]

/** A road to the API that can be made as bad as real ones are. Each request meets the weather of its own moment. */
export class Road {
  weather: Weather = 'fair'
  /** Requests that met each weather. */
  readonly met = new Map<Weather, number>()
  readonly #server: Server
  readonly #target: () => string

  constructor(target: () => string) {
    this.#target = target
    this.#server = createServer((from, to) => void this.#pass(from, to))
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const { weather } = this
    this.met.set(weather, (this.met.get(weather) ?? 0) + 1)
    from.on('error', () => undefined)
    to.on('error', () => undefined)
    if (weather === 'cut-before') return void from.socket.destroy()
    const body: Buffer[] = []
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) body.push(chunk)
    } catch {
      return
    }
    if (weather === '500') return void to.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Internal Server Error</h1>')
    if (weather === '429') return void to.writeHead(429, { 'retry-after': '120' }).end()
    if (weather === 'garbage') return void to.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in to our WiFi</html>')
    if (weather === 'slow') await new Promise((resolve) => setTimeout(resolve, 300))
    const onward = request(`${this.#target()}${from.url}`, { method: from.method, headers: from.headers }, (answer) => {
      answer.on('error', () => to.destroy())
      // The API has done it all, and nobody is told.
      if (weather === 'cut-after') from.socket.destroy()
      else answer.pipe(to.writeHead(answer.statusCode ?? 502, answer.headers))
    })
    onward.on('error', () => from.socket.destroy())
    const whole = Buffer.concat(body)
    if (weather === 'cut-within') {
      onward.write(whole.subarray(0, whole.length / 2))
      setTimeout(() => onward.destroy(), 20)
      return
    }
    onward.end(whole)
  }
}

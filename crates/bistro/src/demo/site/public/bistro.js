// How the shop talks to Bistro: `fetch`, and errors as Bistro words them. The session's cookie is the browser's business:
// it is set when there is something to remember, and no script can read it.

/** What Bistro refuses, in its words. */
export class Refusal extends Error {
  constructor(status, problem) {
    super([problem.message, problem.hint].filter(Boolean).join(' — '))
    this.status = status
    this.code = problem.code
  }
}

/** Asks for a resource. `body` is sent as JSON. Returns what came back, and the total if `Prefer: count=exact` asked for it. */
export async function ask(path, { method = 'GET', body, headers = {} } = {}) {
  let response
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: 'application/json', ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body)
    })
  } catch {
    throw new Refusal(0, { message: 'The shop cannot be reached. Is it running?' })
  }
  const text = await response.text()
  const data = text === '' ? null : JSON.parse(text)
  if (!response.ok) throw new Refusal(response.status, refused(data))
  const total = response.headers.get('Content-Range')?.split('/')[1]
  return { data, total: Number(total) }
}

/** Several requests in one transaction: all of them happen, or none. */
export const batch = (requests, headers) => ask('/-/batch', { method: 'POST', body: requests, headers })

/** A batch answers for each request up to the one that failed, whose error this is. */
const refused = (data) => (Array.isArray(data) ? data.at(-1).body : data) ?? { message: 'The shop gave no reason.' }

/** Text as one value of a filter, whatever is in it: `or=(title.ilike.${quoted('*a,b*')})`. */
export const quoted = (text) => encodeURIComponent(`"${text.replace(/[\\"]/g, '\\$&')}"`)

/** Who asks: `{kind: 'anyone' | 'visitor' | 'user', user, data}`. */
export const whoAmI = async () => (await ask('/-/session')).data

// How the scripts reach Bistro. `NODE_PATH` says where the clients are installed, `BISTRO_URL` where it listens.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

export const load = createRequire(import.meta.url)
export const url = process.env.BISTRO_URL

const { PostgrestClient } = load('@supabase/postgrest-js')
export const bistro = new PostgrestClient(url)

/// The rows (or the row) that a query answers.
export async function data(query) {
  const { data, error } = await query
  assert.equal(error, null)
  return data
}

/// One column of the rows that a query answers.
export async function column(query, name = 'id') {
  return (await data(query)).map((row) => row[name])
}

/// That a query is refused with this status and code; its error.
export async function refused(query, status, code) {
  const answer = await query
  assert.deepEqual([answer.status, answer.error?.code], [status, code], JSON.stringify(answer))
  assert.equal(answer.data, null)
  assert.ok(answer.error.message.length > 10)
  return answer.error
}

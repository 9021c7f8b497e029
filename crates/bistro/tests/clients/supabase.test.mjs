// @supabase/supabase-js, whose tables lie at /rest/v1: a program moves by changing its URL.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { data, load, refused, url } from './bistro.mjs'

const { createClient } = load('@supabase/supabase-js')

// Before version 22 Node.js has no WebSocket, which the client wants to see though nobody opens one.
const supabase = createClient(url, 'any-key', {
  auth: { persistSession: false, autoRefreshToken: false },
  realtime: { transport: class {} },
})

test('reads', async () => {
  const query = supabase.from('songs').select('title,artists(name)', { count: 'exact' })
  const answer = await query.eq('year', 1992).order('id').range(0, 0)
  assert.deepEqual([answer.count, answer.data], [3, [{ title: 'Creep', artists: { name: 'Radiohead' } }]])
})

test('writes', async () => {
  const task = { code: 'sing', title: 'Sing' }
  const created = await data(supabase.from('tasks').insert(task).select().single())
  assert.deepEqual(created, { ...task, done: false, priority: 1 })
  await data(supabase.from('tasks').upsert({ ...task, done: true }))
  await data(supabase.from('tasks').update({ priority: 5 }).eq('code', 'sing'))
  const gone = await data(supabase.from('tasks').delete().eq('code', 'sing').select())
  assert.deepEqual(gone, [{ ...task, done: true, priority: 5 }])
})

test('is refused as PostgREST refuses', async () => {
  await refused(supabase.from('song').select(), 404, 'PGRST205')
  await refused(supabase.schema('nowhere').from('songs').select(), 406, 'PGRST106')
})

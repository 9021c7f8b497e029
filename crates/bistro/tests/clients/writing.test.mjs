// Writing with @supabase/postgrest-js. Each test removes what it has made.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { bistro, column, data, refused } from './bistro.mjs'

afterEach(async () => {
  await data(bistro.from('notes').delete().gt('id', 3))
  await data(bistro.from('tasks').delete().not('code', 'in', '(buy,tune)'))
})

const notes = () => bistro.from('notes')
const tasks = () => bistro.from('tasks')

test('one row, answered with nothing', async () => {
  const answer = await notes().insert({ id: 10, body: 'New' })
  assert.deepEqual([answer.status, answer.data, answer.error], [201, null, null])
  assert.deepEqual(await data(notes().select('body,author,stars').eq('id', 10)), [
    { body: 'New', author: 'anonymous', stars: 3 },
  ])
})

test('one row, answered with what became of it', async () => {
  const note = await data(notes().insert({ body: 'Mine', author: null }).select().single())
  assert.ok(note.id > 3)
  assert.deepEqual({ ...note, id: 0 }, {
    id: 0,
    body: 'Mine',
    author: null,
    stars: 3,
    slug: null,
    song_id: null,
  })
})

test('several rows, of which some say less', async () => {
  const rows = [{ id: 11, body: 'a', author: 'A' }, { id: 12, body: 'b' }]
  const answer = await notes().insert(rows, { count: 'exact' }).select('id,author').order('id')
  assert.equal(answer.count, 2)
  assert.deepEqual(answer.data, [{ id: 11, author: 'A' }, { id: 12, author: null }])
})

test('several rows, with defaults for what some do not say', async () => {
  const rows = [{ id: 11, body: 'a', stars: 1 }, { id: 12, body: 'b' }]
  const written = notes().insert(rows, { defaultToNull: false }).select('id,stars').order('id')
  assert.deepEqual(await data(written), [{ id: 11, stars: 1 }, { id: 12, stars: 3 }])
})

test('no rows, and many', async () => {
  assert.deepEqual(await data(notes().insert([]).select()), [])
  const rows = Array.from({ length: 2000 }, (_, index) => ({ id: 100 + index, body: `${index}` }))
  assert.equal((await data(notes().insert(rows).select('id'))).length, 2000)
})

test('values of every type come back as they were sent', async () => {
  const row = {
    id: 9,
    whole: -1,
    fraction: 1e-7,
    flag: true,
    document: { deep: [1, { er: null }] },
    day: '2026-02-28',
    moment: '2026-02-28T12:00:00+09:00',
    tag: '0188a1b2-0000-7000-8000-000000000009',
    amount: 0.5,
    words: 'a "quoted" 한국어 🎵\n',
  }
  const { octets, ...written } = await data(bistro.from('kinds').insert(row).select().single())
  assert.deepEqual(written, row)
  assert.equal(octets, null)
  await data(bistro.from('kinds').delete().eq('id', 9))
})

test('what belongs together, in the answer to a write', async () => {
  const note = notes().insert({ id: 13, body: 'On air', song_id: 1 })
  assert.deepEqual(await data(note.select('body,songs(title,artists(name))').single()), {
    body: 'On air',
    songs: { title: 'Zombie', artists: { name: 'The Cranberries' } },
  })
  const moved = notes().update({ song_id: 5 }).eq('id', 13).select('songs(title)')
  assert.deepEqual(await data(moved), [{ songs: { title: 'Hyperballad' } }])
})

test('rows in rows', async () => {
  const artists = () => bistro.from('artists')
  const songs = (...titles) => titles.map((title) => ({ title }))
  const blur = { name: 'Blur', country: 'England', songs: songs('Song 2', 'Beetlebum') }
  const one = artists().insert(blur).select('name,songs(title)').single()
  assert.deepEqual(await data(one), { name: 'Blur', songs: songs('Song 2', 'Beetlebum') })
  const more = [{ name: 'Air', songs: songs('Sexy Boy') }, { name: 'Muse', songs: [] }]
  const many = artists().insert(more).select('name,songs(title)').order('id')
  assert.deepEqual(await data(many), more)
  const names = ['Blur', 'Air', 'Muse']
  const written = await column(artists().select('id').in('name', names))
  await data(bistro.from('songs').delete().in('artist_id', written))
  await data(artists().delete().in('id', written))
})

test('rows that break a rule of the schema', async () => {
  const taken = await refused(notes().insert({ body: 'again', slug: 'loud' }), 409, '23505')
  assert.match(taken.message, /^duplicate key value violates unique constraint/)
  await refused(notes().insert({ author: 'nobody' }), 400, '23502')
  await refused(notes().insert({ body: 'x', stars: 6 }), 400, '23514')
  await refused(notes().insert({ body: 'x', song_id: 99 }), 409, '23503')
  await refused(notes().insert({ body: 'x', stars: 'many' }), 400, '22P02')
  const unknown = await refused(notes().insert({ body: 'x', star: 1 }), 400, 'PGRST204')
  assert.match(unknown.message, /'star'/)
  await refused(bistro.from('boxes').insert({ width: 1, height: 1, area: 2 }), 400, '428C9')
})

test('several rows, all or none', async () => {
  await refused(notes().insert([{ id: 20, body: 'fine' }, { id: 21, body: null }]), 400, '23502')
  assert.deepEqual(await data(notes().select().eq('id', 20)), [])
})

test('upsert by the key', async () => {
  const rows = [{ code: 'buy', title: 'Buy picks' }, { code: 'sing', title: 'Sing' }]
  assert.deepEqual(await data(tasks().upsert(rows).select('code,title,priority').order('code')), [
    { code: 'buy', title: 'Buy picks', priority: 2 },
    { code: 'sing', title: 'Sing', priority: 1 },
  ])
  await data(tasks().upsert({ code: 'buy', title: 'Buy strings' }))
  assert.deepEqual(await column(tasks().select().eq('code', 'buy'), 'title'), ['Buy strings'])
})

test('upsert that leaves what is there', async () => {
  const rows = [{ code: 'buy', title: 'Buy nothing' }, { code: 'sing', title: 'Sing' }]
  const created = tasks().upsert(rows, { ignoreDuplicates: true }).select('code')
  assert.deepEqual(await data(created), [{ code: 'sing' }])
  assert.deepEqual(await column(tasks().select().eq('code', 'buy'), 'title'), ['Buy strings'])
})

test('upsert by another unique column', async () => {
  await data(notes().insert({ id: 30, body: 'first', slug: 'thirty' }))
  const again = notes().upsert({ body: 'second', slug: 'thirty' }, { onConflict: 'slug' })
  assert.deepEqual(await data(again.select('id,body').single()), { id: 30, body: 'second' })
  await refused(notes().upsert({ body: 'x' }, { onConflict: 'body' }), 400, '42P10')
})

test('update', async () => {
  await data(notes().insert([{ id: 40, body: 'a' }, { id: 41, body: 'b' }]))
  const silent = await notes().update({ stars: 1 }).eq('id', 40)
  assert.deepEqual([silent.status, silent.data, silent.error], [204, null, null])
  const told = await notes()
    .update({ stars: 2, author: null }, { count: 'exact' })
    .gte('id', 40)
    .select('id,stars')
    .order('id', { ascending: false })
  assert.deepEqual([told.count, told.data], [2, [{ id: 41, stars: 2 }, { id: 40, stars: 2 }]])
  const none = await notes().update({ stars: 2 }, { count: 'exact' }).eq('id', 99).select()
  assert.deepEqual([none.status, none.count, none.data], [200, 0, []])
  await refused(notes().update({ stars: 2 }).eq('id', 99).select().single(), 406, 'PGRST116')
  await refused(notes().update({ stars: 9 }).eq('id', 40), 400, '23514')
})

test('a change of many rows where one was meant changes none', async () => {
  await refused(notes().update({ author: 'all' }).lte('id', 3).select().single(), 406, 'PGRST116')
  assert.deepEqual(await data(notes().select().eq('author', 'all')), [])
})

test('delete', async () => {
  await data(notes().insert([{ id: 50, body: 'a' }, { id: 51, body: 'b' }, { id: 52, body: 'c' }]))
  const silent = await notes().delete().eq('id', 50)
  assert.deepEqual([silent.status, silent.data, silent.error], [204, null, null])
  const told = await notes().delete({ count: 'exact' }).in('id', [51, 52]).select('body').order('id')
  assert.deepEqual([told.count, told.data], [2, [{ body: 'b' }, { body: 'c' }]])
  assert.deepEqual(await data(notes().delete().eq('id', 99).select()), [])
  await refused(bistro.from('songs').delete().eq('id', 1), 409, '23503')
})

test('a change of everything needs a filter', async () => {
  await refused(notes().update({ stars: 1 }), 400, '21000')
  await refused(notes().delete(), 400, '21000')
})

test('no more rows than are allowed', async () => {
  await data(notes().insert([{ id: 60, body: 'a' }, { id: 61, body: 'b' }]))
  await refused(notes().update({ stars: 1 }).gte('id', 60).maxAffected(1), 400, 'PGRST124')
  await refused(notes().delete().gte('id', 60).maxAffected(1), 400, 'PGRST124')
  assert.deepEqual(await column(notes().select('stars').gte('id', 60), 'stars'), [3, 3])
  const both = notes().update({ stars: 1 }).gte('id', 60).maxAffected(2).select('stars')
  assert.deepEqual(await column(both, 'stars'), [1, 1])
})

test('a rehearsal', async () => {
  const tried = notes().insert({ id: 70, body: 'not kept' }).select('id').rollback()
  assert.deepEqual(await data(tried), [{ id: 70 }])
  assert.deepEqual(await data(notes().select().eq('id', 70)), [])
})

test('through a view', async () => {
  await data(bistro.from('bands').insert({ id: 90, name: 'Sigur Rós', country: 'Iceland' }))
  const renamed = bistro.from('bands').update({ country: 'Ísland' }).eq('id', 90).select('country')
  assert.deepEqual(await data(renamed), [{ country: 'Ísland' }])
  await data(bistro.from('bands').delete().eq('id', 90))
  assert.deepEqual(await data(bistro.from('artists').select().eq('id', 90)), [])
  await refused(bistro.from('recent_songs').insert({ title: 'x' }), 405, 'PGRST117')
})

// Stored queries, called with @supabase/postgrest-js: those of spec/queries.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bistro, column, data, refused } from './bistro.mjs'

const since = (year, options) => bistro.rpc('songs_since', { year }, options)

test('with POST, with GET, and for the fields only', async () => {
  const titles = ['Creep, live', 'Hyperballad', 'Around the World']
  assert.deepEqual(await column(since(1995), 'title'), titles)
  assert.deepEqual(await column(since(1995, { get: true }), 'title'), titles)
  const { count, data, error } = await since(1995, { head: true, count: 'exact' })
  assert.deepEqual([count, data, error], [3, null, null])
})

test('what is optional, and what is undefined', async () => {
  assert.deepEqual(await column(bistro.rpc('songs_since', { year: 1990, title: 'Cr' }), 'title'), [
    'Creep',
    'Creep, live',
  ])
  const without = bistro.rpc('songs_since', { year: 1997, title: undefined }, { get: true })
  assert.deepEqual(await column(without, 'title'), ['Around the World'])
  assert.equal((await data(bistro.rpc('chart'))).length, 4)
})

test('lists as arguments', async () => {
  const years = { years: [1994, 1997] }
  assert.deepEqual(await column(bistro.rpc('of_years', years)), [1, 6])
  assert.deepEqual(await column(bistro.rpc('of_years', years, { get: true })), [1, 6])
  assert.deepEqual(await data(bistro.rpc('of_years', { years: [] }, { get: true })), [])
})

test('rows that are selected, filtered, sorted and cut', async () => {
  const cranberries = since(1990).select('title,label:details->>label').like('artist', '%Cran%')
  assert.deepEqual(await data(cranberries.order('title', { ascending: false })), [
    { title: 'Zombie', label: 'Island' },
    { title: 'Dreams', label: 'Island' },
  ])
  const some = await since(1990, { count: 'exact' }).select('title').order('title').range(1, 2)
  assert.deepEqual([some.count, some.data], [7, [{ title: 'Creep' }, { title: 'Creep, live' }]])
  const either = since(1990).or('title.eq.Creep,artist.eq.Björk').order('title')
  assert.deepEqual(await column(either, 'title'), ['Creep', 'Hyperballad'])
  const groups = since(1995).select('year,count()').order('year')
  assert.deepEqual(await data(groups), [{ year: 1995, count: 2 }, { year: 1997, count: 1 }])
})

test('a single row, perhaps none, and CSV', async () => {
  assert.equal((await data(since(1997).single())).title, 'Around the World')
  await refused(since(1990).single(), 406, 'PGRST116')
  assert.equal(await data(since(2000).maybeSingle()), null)
  const text = await data(since(1997).select('title,year').csv())
  assert.deepEqual(text.trim().split(/\r?\n/), ['title,year', 'Around the World,1997'])
})

test('what changes something', async () => {
  const tried = bistro.rpc('rate', { author: 'Thom', stars: 1 }).select('id,stars').rollback()
  assert.deepEqual(await data(tried), [{ id: 3, stars: 1 }])
  const stars = bistro.from('notes').select('stars').eq('author', 'Thom').single()
  assert.deepEqual(await data(stars), { stars: 4 })
  const rated = bistro.rpc('rate', { author: 'Thom' }).single()
  assert.deepEqual(await data(rated), { id: 3, author: 'Thom', stars: 5 })
  await refused(bistro.rpc('rate', { author: 'Thom' }, { get: true }), 405, 'PGRST117')
  await refused(bistro.rpc('rate', { author: 'Thom' }).maxAffected(0), 400, 'PGRST124')
  await refused(bistro.rpc('rate', { author: 'Thom', stars: 9 }), 400, '23514')
  const silent = await bistro.rpc('forget', { author: 'Thom' })
  assert.deepEqual([silent.status, silent.data, silent.error], [204, null, null])
})

test('what is not there, and what it does not take', async () => {
  const unknown = await refused(bistro.rpc('songs_sinse', { year: 1990 }), 404, 'PGRST202')
  assert.match(unknown.hint, /songs_since/)
  await refused(bistro.rpc('songs_since'), 404, 'PGRST202')
  await refused(bistro.rpc('songs_since', { year: 1990, month: 1 }), 404, 'PGRST202')
  await refused(bistro.rpc('songs_since', { year: 'nineties' }), 400, '22P02')
  await refused(since(1990).select('titel'), 400, '42703')
})

// Reading with @supabase/postgrest-js: what comes back, in which order, how much of it, in which form.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bistro, column, data, load, refused, url } from './bistro.mjs'

const { PostgrestClient, PostgrestError } = load('@supabase/postgrest-js')

test('all columns of all rows, each value in its type', async () => {
  const songs = await data(bistro.from('songs').select())
  assert.equal(songs.length, 8)
  assert.deepEqual(songs[0], {
    id: 1,
    title: 'Zombie',
    artist_id: 1,
    year: 1994,
    seconds: 306,
    rating: 4.8,
    is_live: false,
    tags: ['rock', 'protest'],
    details: { label: 'Island', chart: { uk: 14, fr: 1 }, writers: ["O'Riordan"] },
    released: '1994-09-19',
  })
})

test('what a response says besides its rows', async () => {
  const { data, error, count, status, statusText, success } = await bistro.from('tasks').select()
  assert.deepEqual([error, count, status, statusText, success], [null, null, 200, 'OK', true])
  assert.equal(data.length, 2)
})

test('some columns, with other names, across lines', async () => {
  const rows = await data(
    bistro
      .from('songs')
      .select(
        `
        name:title,
        year
      `,
      )
      .eq('id', 2),
  )
  assert.deepEqual(rows, [{ name: 'Creep', year: 1992 }])
})

test('names that need quotes', async () => {
  const rows = await data(
    bistro.from('odd name').select('"dot.ted","com,ma",select,한국,"paren(s)"').eq('the key', 1),
  )
  assert.deepEqual(rows, [
    { 'dot.ted': 'dot', 'com,ma': 'comma', select: 'keyword', 한국: '서울', 'paren(s)': 'paren' },
  ])
})

test('a view', async () => {
  const rows = await data(bistro.from('recent_songs').select('title,artist').eq('year', 1997))
  assert.deepEqual(rows, [{ title: 'Around the World', artist: 'Daft Punk' }])
})

test('casts', async () => {
  const rows = await data(bistro.from('songs').select('year::text,rating::integer').eq('id', 1))
  assert.deepEqual(rows, [{ year: '1994', rating: 5 }])
  await refused(bistro.from('songs').select('year::nothing'), 400, '42704')
})

test('paths into JSON, selected, compared and sorted by', async () => {
  const found = await data(
    bistro
      .from('songs')
      .select('id,label:details->>label,details->chart->uk,first:tags->0')
      .eq('details->>label', 'Island')
      .order('id'),
  )
  assert.deepEqual(found, [
    { id: 1, label: 'Island', uk: 14, first: 'rock' },
    { id: 7, label: 'Island', uk: 27, first: 'pop' },
  ])
  const high = bistro.from('songs').select('id').gt('details->chart->uk', 7)
  assert.deepEqual(await column(high.order('details->chart->uk', { ascending: false })), [7, 1, 5])
})

test('aggregates, of all rows and of groups', async () => {
  const all = 'count(),longest:seconds.max(),seconds.min(),seconds.sum(),rating.avg()'
  assert.deepEqual(await data(bistro.from('songs').select(all).lte('id', 2).single()), {
    count: 2,
    longest: 306,
    min: 236,
    sum: 542,
    avg: 4.65,
  })
  const groups = await data(
    bistro.from('songs').select('year,songs:count()').not('year', 'is', null).order('year'),
  )
  assert.deepEqual(groups, [
    { year: 1992, songs: 3 },
    { year: 1994, songs: 1 },
    { year: 1995, songs: 2 },
    { year: 1997, songs: 1 },
  ])
})

test('order by several columns, with NULL first, last, and where it belongs by itself', async () => {
  const songs = () => bistro.from('songs').select('id')
  const [up, down] = [{ ascending: true }, { ascending: false }]
  assert.deepEqual(await column(songs().order('year', down).order('title', up)), [8, 6, 3, 5, 1, 2, 7, 4])
  assert.deepEqual(
    await column(songs().order('rating', { ...up, nullsFirst: true }).order('id')),
    [3, 8, 6, 5, 2, 7, 1, 4],
  )
  assert.deepEqual(
    await column(songs().order('rating', { ...down, nullsFirst: false }).order('id', down)),
    [4, 1, 7, 2, 5, 6, 8, 3],
  )
  assert.deepEqual(await column(songs().order('rating').order('id')), [6, 5, 2, 7, 1, 4, 3, 8])
})

test('limits and ranges', async () => {
  const songs = () => bistro.from('songs').select('id').order('id')
  assert.deepEqual(await column(songs().limit(3)), [1, 2, 3])
  assert.deepEqual(await column(songs().range(2, 4)), [3, 4, 5])
  assert.deepEqual(await column(songs().range(6, 99)), [7, 8])
  assert.deepEqual(await column(songs().limit(0)), [])
  await refused(songs().limit(-1), 416, 'PGRST103')
})

test('a range beyond the last row', async () => {
  const beyond = () => bistro.from('songs').select('id').order('id').range(20, 29)
  assert.deepEqual(await column(beyond()), [])
  const counted = bistro.from('songs').select('id', { count: 'exact' }).range(20, 29)
  const error = await refused(counted, 416, 'PGRST103')
  assert.match(error.details, /20/)
})

test('counts, with rows and without', async () => {
  for (const count of ['exact', 'planned', 'estimated']) {
    const some = await bistro.from('songs').select('id', { count }).limit(2)
    assert.deepEqual([some.count, some.data.length, some.error], [8, 2, null], count)
    const none = await bistro.from('songs').select('*', { count, head: true })
    assert.deepEqual([none.count, none.data, none.error], [8, null, null], count)
  }
  const { count } = await bistro
    .from('songs')
    .select('*', { count: 'exact', head: true })
    .eq('year', 1992)
  assert.equal(count, 3)
})

test('a single row', async () => {
  assert.deepEqual(await data(bistro.from('songs').select('title').eq('id', 1).single()), {
    title: 'Zombie',
  })
  const none = await refused(bistro.from('songs').select().eq('id', 99).single(), 406, 'PGRST116')
  assert.match(none.details, /0 rows/)
  const many = await refused(bistro.from('songs').select().single(), 406, 'PGRST116')
  assert.match(many.details, /8 rows/)
  assert.equal(many.message, 'Cannot coerce the result to a single JSON object')
})

test('a single row, or none', async () => {
  assert.deepEqual(await data(bistro.from('songs').select('title').eq('id', 1).maybeSingle()), {
    title: 'Zombie',
  })
  const none = await bistro.from('songs').select().eq('id', 99).maybeSingle()
  assert.deepEqual([none.data, none.error, none.status], [null, null, 200])
  await refused(bistro.from('songs').select().maybeSingle(), 406, 'PGRST116')
})

test('CSV', async () => {
  const query = bistro.from('songs').select('title,year').in('id', [2, 3, 8]).order('id').csv()
  assert.equal(
    (await data(query)).replaceAll('\r\n', '\n').trimEnd(),
    'title,year\nCreep,1992\n"Creep, live",1995\n"100% ""Björk""",',
  )
})

test('rows without their NULLs', async () => {
  const rows = bistro.from('songs').select('id,year,rating').eq('id', 3)
  assert.deepEqual(await data(rows.stripNulls()), [{ id: 3, year: 1995 }])
  const row = bistro.from('songs').select('id,year').eq('id', 8)
  assert.deepEqual(await data(row.single().stripNulls()), { id: 8 })
})

test('a schema that is there, and one that is not', async () => {
  const rows = await data(bistro.schema('public').from('tasks').select('code').order('code'))
  assert.deepEqual(rows, [{ code: 'buy' }, { code: 'tune' }])
  await refused(bistro.schema('nowhere').from('tasks').select(), 406, 'PGRST106')
  await refused(bistro.schema('nowhere').from('tasks').insert({}), 406, 'PGRST106')
})

test('what is not there', async () => {
  const relation = await refused(bistro.from('song').select(), 404, 'PGRST205')
  assert.match(relation.hint, /songs/)
  const selected = await refused(bistro.from('songs').select('titel'), 400, '42703')
  assert.equal(selected.message, 'column songs.titel does not exist')
  await refused(bistro.from('songs').select().eq('titel', 'Zombie'), 400, '42703')
  await refused(bistro.from('songs').select().order('titel'), 400, '42703')
})

test('an answer in a form that there is not', async () => {
  await refused(bistro.from('songs').select().explain(), 406, 'PGRST107')
  await refused(bistro.from('songs').select().geojson(), 406, 'PGRST107')
})

test('a failure without a body: HEAD', async () => {
  const { status, error, count } = await bistro.from('songs').select('titel', { head: true })
  assert.deepEqual([status, count], [400, null])
  assert.ok(error)
})

test('errors that are thrown', async () => {
  const query = bistro.from('songs').select('titel').throwOnError()
  await assert.rejects(async () => await query, (error) => {
    assert.ok(error instanceof PostgrestError)
    assert.equal(error.code, '42703')
    return true
  })
  const { data } = await bistro.from('songs').select('id').eq('id', 1).throwOnError()
  assert.deepEqual(data, [{ id: 1 }])
})

test('a request that is given up before it is sent, and one under way', async () => {
  const gone = await bistro.from('songs').select().abortSignal(AbortSignal.abort())
  assert.deepEqual([gone.status, gone.data], [0, null])
  assert.match(gone.error.message, /abort/i)
  const leaving = new AbortController()
  const answer = bistro.from('songs').select().abortSignal(leaving.signal).then((answer) => answer)
  leaving.abort()
  assert.equal((await answer).status, 0)
  assert.equal((await data(bistro.from('songs').select())).length, 8)
})

test('fields that a client adds, a timeout, and a fetch of its own', async () => {
  const seen = []
  const own = (resource, options) => {
    seen.push(options.headers)
    return fetch(resource, options)
  }
  const client = new PostgrestClient(url, {
    headers: { apikey: 'anon', Authorization: 'Bearer anon' },
    timeout: 30_000,
    fetch: own,
  })
  const query = client.from('songs').select('id').eq('id', 1).setHeader('X-Tenant', 'a')
  assert.deepEqual(await data(query), [{ id: 1 }])
  assert.equal(seen[0]['x-tenant'], 'a')
})

// Embedding with @supabase/postgrest-js: related rows inside rows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bistro, column, data, refused } from './bistro.mjs'

test('to one, to many, and none', async () => {
  const songs = bistro.from('songs').select('title,artists(name,country)').eq('id', 1)
  assert.deepEqual(await data(songs), [
    { title: 'Zombie', artists: { name: 'The Cranberries', country: 'Ireland' } },
  ])
  const artists = bistro.from('artists').select('name,songs(title)').in('id', [2, 3]).order('id')
  assert.deepEqual(await data(artists), [
    { name: 'Radiohead', songs: [{ title: 'Creep' }, { title: 'Creep, live' }] },
    { name: '서태지와 아이들', songs: [{ title: '난 알아요' }] },
  ])
  const notes = bistro.from('notes').select('id,songs(title)').eq('id', 3).single()
  assert.deepEqual(await data(notes), { id: 3, songs: null })
  const covers = bistro.from('songs').select('id,covers(painter)').in('id', [1, 2]).order('id')
  assert.deepEqual(await data(covers), [
    { id: 1, covers: { painter: 'Doyle' } },
    { id: 2, covers: null },
  ])
})

test('many to many', async () => {
  const song = bistro.from('songs').select('title,genres(name)').eq('id', 1).single()
  assert.deepEqual(await data(song), {
    title: 'Zombie',
    genres: [{ name: 'rock' }, { name: 'grunge' }],
  })
})

test('nested, with all columns at each level', async () => {
  const artist = await data(
    bistro.from('artists').select('*,songs(*,notes(*),genres(*))').eq('id', 1).single(),
  )
  assert.equal(artist.name, 'The Cranberries')
  assert.deepEqual(artist.songs.map(({ title }) => title), ['Zombie', 'Dreams'])
  assert.deepEqual(artist.songs[0].notes, [
    { id: 1, body: 'A voice like no other', author: 'Dolores', stars: 5, slug: 'voice', song_id: 1 },
  ])
  assert.deepEqual(artist.songs[1].genres, [])
})

test('with another name, by a hint, and twice', async () => {
  const duets = await data(
    bistro.from('duets').select('title,lead:artists!duets_lead(name),guest:guest_id(name)').order('id'),
  )
  assert.deepEqual(duets, [
    { title: 'Thom and Björk', lead: { name: 'Radiohead' }, guest: { name: 'Björk' } },
    { title: 'Alone', lead: { name: 'Daft Punk' }, guest: null },
  ])
  const error = await refused(bistro.from('duets').select('title,artists(name)'), 300, 'PGRST201')
  assert.equal(error.details.length, 2)
})

test('a table and itself', async () => {
  const rock = bistro.from('genres').select('name,children:genres!parent_id(name)').eq('id', 1)
  assert.deepEqual(await data(rock.order('name', { referencedTable: 'children' })), [
    { name: 'rock', children: [{ name: 'britpop' }, { name: 'grunge' }] },
  ])
  const grunge = bistro.from('genres').select('name,parent:parent_id(name)').eq('id', 2)
  assert.deepEqual(await data(grunge), [{ name: 'grunge', parent: { name: 'rock' } }])
})

test('only rows that have some', async () => {
  const noted = bistro.from('songs').select('id,notes!inner(stars)').order('id')
  assert.deepEqual(await data(noted), [
    { id: 1, notes: [{ stars: 5 }] },
    { id: 2, notes: [{ stars: 2 }] },
  ])
  const irish = bistro.from('songs').select('id,artists!inner()').eq('artists.country', 'Ireland')
  assert.deepEqual(await data(irish.order('id')), [{ id: 1 }, { id: 7 }])
  const praised = bistro.from('artists').select('name,songs!inner(title,notes!inner(stars))')
  assert.deepEqual(await data(praised.gt('songs.notes.stars', 3)), [
    { name: 'The Cranberries', songs: [{ title: 'Zombie', notes: [{ stars: 5 }] }] },
  ])
})

test('only rows that have none', async () => {
  const silent = bistro.from('artists').select('id,songs()').eq('songs.year', 1992).is('songs', null)
  assert.deepEqual(await column(silent.order('id')), [4, 5])
})

test('either the one or the other', async () => {
  const either = bistro.from('songs').select('id,notes(),covers()')
  assert.deepEqual(
    await column(either.or('notes.not.is.null,covers.not.is.null').order('id')),
    [1, 2, 5],
  )
})

test('filtered, sorted and cut inside', async () => {
  const artists = () => bistro.from('artists').select('id,songs(title)').in('id', [1, 2]).order('id')
  const songs = { referencedTable: 'songs' }
  assert.deepEqual(await data(artists().eq('songs.year', 1992)), [
    { id: 1, songs: [{ title: 'Dreams' }] },
    { id: 2, songs: [{ title: 'Creep' }] },
  ])
  assert.deepEqual(await data(artists().order('title', { ...songs, ascending: false }).limit(1, songs)), [
    { id: 1, songs: [{ title: 'Zombie' }] },
    { id: 2, songs: [{ title: 'Creep, live' }] },
  ])
  assert.deepEqual(await data(artists().order('title', songs).range(1, 5, songs)), [
    { id: 1, songs: [{ title: 'Zombie' }] },
    { id: 2, songs: [{ title: 'Creep, live' }] },
  ])
  assert.deepEqual(await data(artists().or('year.gt.1994,title.eq.Dreams', songs)), [
    { id: 1, songs: [{ title: 'Dreams' }] },
    { id: 2, songs: [{ title: 'Creep, live' }] },
  ])
  const live = artists().is('songs.is_live', true).or('id.eq.1,songs.not.is.null')
  assert.deepEqual(await data(live), [
    { id: 1, songs: [] },
    { id: 2, songs: [{ title: 'Creep, live' }] },
  ])
})

test('rows sorted by what they refer to', async () => {
  const songs = bistro.from('songs').select('id,artists(name)').order('artists(name)').order('id')
  assert.deepEqual(await column(songs), [5, 8, 6, 2, 3, 1, 7, 4])
  const many = bistro.from('artists').select('id,songs(title)').order('songs(title)')
  await refused(many, 400, 'PGRST118')
})

test('spread', async () => {
  const one = bistro.from('songs').select('title,...artists(artist:name,country)').eq('id', 5)
  assert.deepEqual(await data(one), [{ title: 'Hyperballad', artist: 'Björk', country: 'Iceland' }])
  const many = bistro.from('artists').select('name,...songs(titles:title)').eq('id', 1)
  assert.deepEqual(await data(many), [{ name: 'The Cranberries', titles: ['Zombie', 'Dreams'] }])
})

test('aggregates inside', async () => {
  const artists = bistro.from('artists').select('id,songs(count)').lte('id', 3).order('id')
  assert.deepEqual(await data(artists), [
    { id: 1, songs: [{ count: 2 }] },
    { id: 2, songs: [{ count: 2 }] },
    { id: 3, songs: [{ count: 1 }] },
  ])
  const longest = bistro.from('artists').select('id,songs(longest:seconds.max())').eq('id', 1)
  assert.deepEqual(await data(longest), [{ id: 1, songs: [{ longest: 306 }] }])
})

test('counted, where only some rows have some', async () => {
  const { count } = await bistro
    .from('songs')
    .select('id,artists!inner(name)', { count: 'exact', head: true })
    .eq('artists.name', 'Radiohead')
  assert.equal(count, 2)
})

test('what is not related', async () => {
  const error = await refused(bistro.from('songs').select('title,tasks(*)'), 400, 'PGRST200')
  assert.match(error.message, /'songs' and 'tasks'/)
  await refused(bistro.from('songs').select('title').eq('artists.name', 'Björk'), 400, 'PGRST108')
  await refused(bistro.from('songs').select('title,artists(nam)'), 400, '42703')
})

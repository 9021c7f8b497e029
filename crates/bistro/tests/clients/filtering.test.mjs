// Filtering with @supabase/postgrest-js: every operator that the client offers, alone, negated and in trees.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bistro, column, refused } from './bistro.mjs'

/// The keys of the songs that a filter leaves.
const songs = (filter) => column(filter(bistro.from('songs').select('id')).order('id'))

test('equal and not', async () => {
  assert.deepEqual(await songs((q) => q.eq('year', 1992)), [2, 4, 7])
  assert.deepEqual(await songs((q) => q.eq('title', 'Creep, live')), [3])
  assert.deepEqual(await songs((q) => q.eq('title', '100% "Björk"')), [8])
  assert.deepEqual(await songs((q) => q.eq('title', '난 알아요')), [4])
  assert.deepEqual(await songs((q) => q.eq('is_live', true)), [3, 8])
  assert.deepEqual(await songs((q) => q.eq('rating', 4.5)), [2, 7])
  assert.deepEqual(await songs((q) => q.eq('released', '1992-09-21')), [2])
  assert.deepEqual(await songs((q) => q.neq('year', 1992)), [1, 3, 5, 6])
  assert.deepEqual(await songs((q) => q.isDistinct('year', 1992)), [1, 3, 5, 6, 8])
  assert.deepEqual(await songs((q) => q.match({ year: 1992, rating: 4.5 })), [2, 7])
})

test('greater and less', async () => {
  assert.deepEqual(await songs((q) => q.gt('year', 1994)), [3, 5, 6])
  assert.deepEqual(await songs((q) => q.gte('year', 1994)), [1, 3, 5, 6])
  assert.deepEqual(await songs((q) => q.lt('year', 1994)), [2, 4, 7])
  assert.deepEqual(await songs((q) => q.lte('year', 1994)), [1, 2, 4, 7])
  assert.deepEqual(await songs((q) => q.gte('year', 1994).lt('year', 1996)), [1, 3, 5])
  assert.deepEqual(await songs((q) => q.gt('released', '1996-01-01')), [5, 6])
})

test('patterns', async () => {
  assert.deepEqual(await songs((q) => q.like('title', 'Creep%')), [2, 3])
  assert.deepEqual(await songs((q) => q.like('title', '%r_ep')), [2])
  assert.deepEqual(await songs((q) => q.like('title', 'creep%')), [])
  assert.deepEqual(await songs((q) => q.ilike('title', 'creep%')), [2, 3])
  assert.deepEqual(await songs((q) => q.ilike('title', '%BJÖRK%')), [8])
  assert.deepEqual(await songs((q) => q.likeAllOf('title', ['%e%', 'D%'])), [7])
  assert.deepEqual(await songs((q) => q.likeAnyOf('title', ['Z%', 'D%'])), [1, 7])
  assert.deepEqual(await songs((q) => q.ilikeAllOf('title', ['%E%', 'd%'])), [7])
  assert.deepEqual(await songs((q) => q.ilikeAnyOf('title', ['z%', 'd%'])), [1, 7])
})

test('regular expressions', async () => {
  assert.deepEqual(await songs((q) => q.regexMatch('title', '^(Z|D)')), [1, 7])
  assert.deepEqual(await songs((q) => q.regexMatch('title', '^z')), [])
  assert.deepEqual(await songs((q) => q.regexIMatch('title', '^z')), [1])
  await refused(bistro.from('songs').select().regexMatch('title', '('), 400, '2201B')
})

test('is', async () => {
  assert.deepEqual(await songs((q) => q.is('year', null)), [8])
  assert.deepEqual(await songs((q) => q.is('is_live', true)), [3, 8])
  assert.deepEqual(await songs((q) => q.is('is_live', false)), [1, 2, 4, 5, 6, 7])
  assert.deepEqual(await songs((q) => q.not('rating', 'is', null)), [1, 2, 4, 5, 6, 7])
})

test('one of several, and none of them', async () => {
  assert.deepEqual(await songs((q) => q.in('year', [1994, 1997])), [1, 6])
  assert.deepEqual(await songs((q) => q.in('title', ['Creep, live', 'Zombie', 'No (such)'])), [1, 3])
  assert.deepEqual(await songs((q) => q.in('id', [])), [])
  const many = Array.from({ length: 2000 }, (_, index) => index + 1)
  assert.equal((await songs((q) => q.in('id', many))).length, 8)
  assert.deepEqual(await songs((q) => q.in('id', many).limit(2)), [1, 2])
  assert.deepEqual(await songs((q) => q.notIn('year', [1992, 1995])), [1, 6])
  assert.deepEqual(await songs((q) => q.not('year', 'in', '(1992,1995)')), [1, 6])
})

test('what JSON contains', async () => {
  assert.deepEqual(await songs((q) => q.contains('tags', ['rock'])), [1, 2, 7])
  assert.deepEqual(await songs((q) => q.contains('tags', ['pop', 'rock'])), [7])
  assert.deepEqual(await songs((q) => q.contains('tags', '["rap"]')), [4])
  assert.deepEqual(await songs((q) => q.contains('details', { label: 'Island' })), [1, 7])
  assert.deepEqual(await songs((q) => q.contains('details', { chart: { fr: 1 } })), [1, 6])
  assert.deepEqual(await songs((q) => q.containedBy('tags', ['rock', 'pop', 'dance'])), [2, 3, 7])
  assert.deepEqual(await songs((q) => q.containedBy('details', { label: null, more: 1 })), [3])
  assert.deepEqual(await songs((q) => q.overlaps('tags', ['rap', 'protest'])), [1, 4])
})

test('full-text search', async () => {
  const lyrics = (words, options) =>
    column(
      bistro.from('lyrics').select('title').textSearch('words', words, options).order('title'),
      'title',
    )
  assert.deepEqual(await lyrics('eye | child'), ['Creep', 'Zombie'])
  assert.deepEqual(await lyrics('every & !eye'), ['Dreams'])
  assert.deepEqual(await lyrics('life changing', { type: 'plain' }), ['Dreams'])
  assert.deepEqual(await lyrics('life is changing', { type: 'phrase' }), ['Dreams'])
  assert.deepEqual(await lyrics('changing life', { type: 'phrase' }), [])
  assert.deepEqual(await lyrics('"every day" or taken', { type: 'websearch' }), ['Dreams', 'Zombie'])
  const english = bistro.from('lyrics').select().textSearch('words', 'child', { config: 'english' })
  assert.match((await refused(english, 400, '42883')).message, /tokenizer/)
  await refused(bistro.from('songs').select().textSearch('title', 'child'), 400, '42883')
})

test('not, of any of them', async () => {
  assert.deepEqual(await songs((q) => q.not('title', 'like', '%e%')), [4, 8])
  assert.deepEqual(await songs((q) => q.not('is_live', 'is', false)), [3, 8])
  assert.deepEqual(await songs((q) => q.not('tags', 'cs', '["rock"]')), [3, 4, 5, 6])
  assert.deepEqual(await songs((q) => q.filter('year', 'not.gt', 1994)), [1, 2, 4, 7])
})

test('any operator by its name', async () => {
  assert.deepEqual(await songs((q) => q.filter('year', 'in', '(1994,1997)')), [1, 6])
  assert.deepEqual(await songs((q) => q.filter('title', 'like(any)', '{Z*,D*}')), [1, 7])
  await refused(bistro.from('songs').select().filter('year', 'equals', 1994), 400, 'PGRST100')
})

test('more than a URL takes', async () => {
  const many = Array.from({ length: 5000 }, (_, index) => index + 1)
  const error = await refused(bistro.from('songs').select().in('id', many), 414, 'BISTRO414')
  assert.match(error.message, /16384/)
})

test('trees', async () => {
  assert.deepEqual(await songs((q) => q.or('year.eq.1994,year.eq.1997')), [1, 6])
  assert.deepEqual(await songs((q) => q.or('title.eq."Creep, live",id.in.(1,2)')), [1, 2, 3])
  assert.deepEqual(
    await songs((q) => q.or('year.gt.1995,and(is_live.is.true,year.not.is.null)')),
    [3, 6],
  )
  assert.deepEqual(await songs((q) => q.or('not.and(year.gte.1992,year.lte.1995),id.eq.1')), [1, 6])
  assert.deepEqual(await songs((q) => q.or('year.eq.1992,year.eq.1995').or('id.eq.2,id.eq.3')), [2, 3])
  assert.deepEqual(await songs((q) => q.or('tags.cs.["rap"],details->>label.eq.Virgin')), [4, 6])
  await refused(bistro.from('songs').select().or('year.eq.1994'.slice(0, 7)), 400, 'PGRST100')
})

test('ranges, which SQLite does not have', async () => {
  const ask = () => bistro.from('songs').select()
  for (const filter of ['rangeGt', 'rangeGte', 'rangeLt', 'rangeLte', 'rangeAdjacent']) {
    const error = await refused(ask()[filter]('year', '[1990,1995)'), 400, '42883')
    assert.match(error.message, /no range types/, filter)
  }
})

test('values that are not of the type of their column', async () => {
  const ask = () => bistro.from('songs').select()
  const error = await refused(ask().eq('year', 'nineteen'), 400, '22P02')
  assert.equal(error.message, 'invalid input syntax for type integer: "nineteen"')
  await refused(ask().is('year', 'nothing'), 400, 'PGRST100')
  await refused(ask().contains('year', ['1']), 400, '42883')
})

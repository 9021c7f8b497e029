// The shop window: searched, sorted and paged by the database. What is asked for stands in the address, so that it can be
// reloaded, sent to somebody, and gone back to.
import { ask, quoted } from './bistro.js'
import { add } from './cart.js'
import { careful, cover, h, price, values } from './page.js'

const PAGE = 24

const ORDERS = {
  'year,title,id': 'Oldest first',
  'year.desc,title,id': 'Newest first',
  'title,id': 'Title',
  'artist,title,id': 'Artist',
  'price_cents,title,id': 'Price'
}

export async function catalogue(asked) {
  const search = asked.get('q') ?? ''
  const order = ORDERS[asked.get('order')] ? asked.get('order') : 'year,title,id'
  const decade = asked.get('decade') ?? '1990'
  const offset = Math.max(0, Number(asked.get('offset')) || 0)

  const query = [`order=${order}`, `limit=${PAGE}`, `offset=${offset}`]
  if (decade) query.push(`year=gte.${Number(decade)}`, `year=lt.${Number(decade) + 10}`)
  if (search) {
    const like = `ilike.${quoted(`*${search}*`)}`
    query.push(`or=(title.${like},translation.${like},artist.${like})`)
  }
  const { data: songs, total } = await ask(`/catalogue?${query.join('&')}`, { headers: { Prefer: 'count=exact' } })

  const go = (changes) => {
    const next = new URLSearchParams({ q: search, order, decade, ...changes })
    return `#/?${next}`
  }
  const controls = h('form', {
    class: 'controls',
    role: 'search',
    submit: (event) => {
      event.preventDefault()
      location.hash = go(values(event.currentTarget))
    },
    change: (event) => event.target.tagName === 'SELECT' && event.currentTarget.requestSubmit()
  },
    h('label', { class: 'grow' }, h('span', {}, 'Search'),
      h('input', { type: 'search', name: 'q', value: search, placeholder: 'Title or artist, in any script' })),
    choice('Years', 'decade', { 1990: 'The 1990s', 1980: 'The 1980s', 2000: 'The 2000s', '': 'All years' }, decade),
    choice('Sort by', 'order', ORDERS, order),
    h('button', {}, 'Search'))

  const last = offset + songs.length
  return [
    h('h1', {}, 'Songs'),
    controls,
    songs.length === 0
      ? h('p', { class: 'empty' }, 'No song is like that.')
      : h('ul', { class: 'songs' }, songs.map(card)),
    h('nav', { class: 'pager', 'aria-label': 'Pages' },
      h('span', {}, songs.length === 0 ? '' : `${offset + 1}–${last} of ${total}`),
      offset > 0 && h('a', { href: go({ offset: Math.max(0, offset - PAGE) }), rel: 'prev' }, '← Previous'),
      last < total && h('a', { href: go({ offset: last }), rel: 'next' }, 'Next →'))
  ]
}

const choice = (label, name, options, chosen) => h('label', {}, h('span', {}, label),
  h('select', { name }, Object.entries(options).sort(([one]) => (one === '' ? 1 : 0)).map(([value, text]) =>
    h('option', { value, selected: value === chosen }, text))))

const card = (song) => h('li', {},
  cover(song.id),
  h('div', { class: 'what' },
    h('h2', { lang: '' }, song.title),
    song.translation && h('p', { class: 'quiet' }, `“${song.translation}”`),
    h('p', {}, song.artist, h('span', { class: 'quiet' }, ` · ${song.year}`))),
  h('div', { class: 'buy' },
    h('strong', {}, price(song.price_cents)),
    h('button', {
      'aria-label': `Add ${song.title} to the cart`,
      click: careful(() => add(song))
    }, 'Add')))

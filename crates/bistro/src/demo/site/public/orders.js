// What somebody has bought: one request for purchases, their lines, the songs and the artists.
import { ask, whoAmI } from './bistro.js'
import { day, h, price } from './page.js'

const PURCHASES = '/purchases?select=id,purchased_at,' +
  'purchase_lines(song_id,quantity,unit_price_cents,total_cents,songs(title,artists(name)))&order=id.desc'

export async function orders() {
  const who = await whoAmI()
  if (who.kind !== 'user') {
    return [h('h1', {}, 'My orders'), h('p', { class: 'empty' }, h('a', { href: '#/account' }, 'Sign in'), ' to see what you have ordered.')]
  }
  const { data: purchases } = await ask(PURCHASES)
  return [
    h('h1', {}, 'My orders'),
    purchases.length === 0 ? h('p', { class: 'empty' }, 'There are none yet.') : purchases.map(order)
  ]
}

const order = ({ id, purchased_at, purchase_lines: lines }) => h('article', { class: 'card' },
  h('h2', {}, `Order ${id}`, h('span', { class: 'quiet' }, ' · ', day(purchased_at))),
  h('table', {},
    h('caption', { class: 'hidden' }, `What was in order ${id}`),
    h('thead', {}, h('tr', {}, ['Song', 'Quantity', 'Price', 'Sum'].map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', {}, lines.map((line) => h('tr', {},
      h('td', {}, line.songs.title, h('span', { class: 'quiet' }, ` · ${line.songs.artists.name}`)),
      h('td', {}, line.quantity),
      h('td', {}, price(line.unit_price_cents)),
      h('td', {}, price(line.total_cents))))),
    h('tfoot', {}, h('tr', {},
      h('th', { scope: 'row', colspan: 3 }, 'Total'),
      h('td', {}, h('strong', {}, price(lines.reduce((sum, line) => sum + line.total_cents, 0))))))))

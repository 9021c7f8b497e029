// The cart: rows of the table `cart_items`, of which everybody sees his own. The first one that a stranger puts in begins his
// session; when he signs in the rows become the user's. None of that is said here: it is in bistro.toml.
import { ask, batch, whoAmI } from './bistro.js'
import { careful, cover, h, price, say } from './page.js'

const ITEMS = '/cart_items?select=song_id,quantity,songs(title,price_cents,artists(name))&order=added_at,song_id'

/** Shows how much is in the cart. */
export async function count() {
  const { data } = await ask('/cart_items?select=sum:quantity.sum()')
  const sum = data[0]?.sum ?? 0
  document.querySelector('#count').textContent = sum
  document.querySelector('#cart').setAttribute('aria-label', `Cart, ${sum} ${sum === 1 ? 'song' : 'songs'}`)
}

/** One more of a song. */
export async function add(song) {
  const { data } = await ask(`/cart_items?select=quantity&song_id=eq.${song.id}`)
  await put(song.id, (data[0]?.quantity ?? 0) + 1)
  await count()
  say(`${song.title} is in the cart.`)
}

/** So many of a song, whether there were some before or not. Whose cart it is nobody has to say. */
const put = (song_id, quantity) => ask('/cart_items', {
  method: 'POST',
  body: { song_id, quantity },
  headers: { Prefer: 'resolution=merge-duplicates' }
})

const remove = (song_id) => ask(`/cart_items?song_id=eq.${song_id}`, { method: 'DELETE' })

/** Buys what is shown: the purchase with its lines is made and the cart emptied in one transaction. No price is sent; the
    database knows it. The key is for this very attempt: sent again after the answer was lost, it buys nothing twice. */
async function buy(items, key) {
  const lines = items.map(({ song_id, quantity }) => ({ song_id, quantity }))
  const songs = lines.map((line) => line.song_id).join(',')
  await batch([
    { method: 'POST', path: '/purchases', body: { purchase_lines: lines } },
    { method: 'DELETE', path: `/cart_items?song_id=in.(${songs})` }
  ], { 'Idempotency-Key': `"${key}"` })
}

export async function cart() {
  const [{ data: items }, who] = await Promise.all([ask(ITEMS), whoAmI()])
  if (items.length === 0) {
    return [h('h1', {}, 'Cart'), h('p', { class: 'empty' }, 'Nothing is in it yet. ', h('a', { href: '#/' }, 'Look at the songs'))]
  }
  const again = () => dispatchEvent(new HashChangeEvent('hashchange'))
  const key = crypto.randomUUID()
  const total = items.reduce((sum, item) => sum + item.quantity * item.songs.price_cents, 0)
  const line = ({ song_id, quantity, songs: song }) => h('li', {},
    cover(song_id),
    h('div', { class: 'what' },
      h('h2', { lang: '' }, song.title),
      h('p', { class: 'quiet' }, `${song.artists.name} · ${price(song.price_cents)}`)),
    h('div', { class: 'buy' },
      h('input', {
        type: 'number', min: 1, max: 99, value: quantity, required: true, 'aria-label': `How many of ${song.title}`,
        change: careful(async ({ target }) => {
          if (!target.reportValidity()) return
          await put(song_id, target.valueAsNumber)
          again()
        })
      }),
      h('strong', {}, price(quantity * song.price_cents)),
      h('button', {
        class: 'plain', 'aria-label': `Remove ${song.title}`,
        click: careful(async () => { await remove(song_id); again() })
      }, 'Remove')))
  return [
    h('h1', {}, 'Cart'),
    h('ul', { class: 'lines' }, items.map(line)),
    h('div', { class: 'total' },
      h('p', {}, 'Total ', h('strong', {}, price(total))),
      who.kind === 'user'
        ? h('button', {
          class: 'main',
          click: careful(async () => {
            await buy(items, key)
            location.hash = '#/orders'
            say('Thank you! The order is placed.')
          })
        }, 'Place the order')
        : h('a', { class: 'main', href: '#/account?next=cart' }, 'Sign in to order'))
  ]
}

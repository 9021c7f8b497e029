// What stands behind `#` in the address says what is shown.
import { account, greet } from './account.js'
import { blog, post } from './blog.js'
import { cart, count } from './cart.js'
import { catalogue } from './catalogue.js'
import { orders } from './orders.js'
import { forget, h } from './page.js'
import { weather } from './weather.js'

const VIEWS = [
  [/^\/$/, catalogue],
  [/^\/cart$/, cart],
  [/^\/account$/, account],
  [/^\/orders$/, orders],
  [/^\/blog$/, blog],
  [/^\/blog\/(\d+)$/, post],
  [/^\/weather$/, weather]
]

let shown = 0

async function show() {
  const [path, query] = (location.hash.slice(1) || '/').split('?')
  if (!path.startsWith('/')) return // a place on this page
  const main = document.querySelector('main')
  const turn = ++shown
  main.ariaBusy = 'true'
  let content
  try {
    const [, view] = VIEWS.find(([pattern]) => pattern.test(path)) ?? []
    const [, ...names] = VIEWS.map(([pattern]) => path.match(pattern)).find(Boolean) ?? []
    content = view ? await view(new URLSearchParams(query), ...names) : [h('h1', {}, 'There is no such page')]
    await Promise.all([greet(), count()])
  } catch (error) {
    content = [h('h1', {}, 'This does not work'), h('p', { class: 'empty' }, error.message)]
  }
  if (turn !== shown) return // somebody has gone on meanwhile
  // Whoever uses the keyboard goes on where he was: at the element of the same name, or at the top.
  const held = document.activeElement.ariaLabel
  main.replaceChildren(...content.flat().filter(Boolean))
  main.ariaBusy = null
  const same = held && [...main.querySelectorAll('[aria-label]')].find((element) => element.ariaLabel === held)
  if (same) same.focus({ preventScroll: true })
  else if (turn > 1 && document.activeElement === document.body) main.focus({ preventScroll: true })
  document.title = `${main.querySelector('h1').textContent} · Bistro Records`
  for (const link of document.querySelectorAll('header nav a')) {
    const isHere = link.hash === `#${path}` || (path.startsWith('/blog') && link.hash === '#/blog')
    link.ariaCurrent = isHere ? 'page' : null
  }
}

addEventListener('hashchange', async (event) => {
  forget()
  await show()
  // Somewhere else: reading goes on at the top.
  if (event.newURL && event.newURL !== event.oldURL) {
    document.querySelector('main').focus({ preventScroll: true })
    scrollTo(0, 0)
  }
})
show()

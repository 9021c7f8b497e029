// Elements, words and prices. Whatever comes from the database becomes a text, never HTML.

/** An element: `h('a', { href: '#/' }, 'Songs')`. A property that is a function is an event listener. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value != null) element.setAttribute(name, value)
  }
  element.append(...children.flat().filter((child) => child != null && child !== false))
  return element
}

/** Shows what has happened, or what is wrong. */
export function say(text = '', isError = false) {
  const message = document.querySelector('#message')
  message.textContent = text
  message.hidden = text === ''
  message.className = isError ? 'wrong' : ''
  message.dataset.place = location.hash
}

/** Takes back what was said somewhere else. */
export function forget() {
  if (document.querySelector('#message').dataset.place !== location.hash) say()
}

/** A listener that cannot run twice at once, and tells what is wrong in words. */
export const careful = (action) => async (event) => {
  event.preventDefault()
  const element = event.submitter ?? event.currentTarget
  if (element.ariaDisabled === 'true') return
  element.ariaDisabled = 'true'
  say()
  try {
    await action(event)
  } catch (error) {
    say(error.message, true)
  } finally {
    element.ariaDisabled = null
  }
}

/** A labelled field. */
export const field = (label, properties) => h('label', {}, h('span', {}, label), h('input', properties))

/** What a form holds, as an object. */
export const values = (form) => Object.fromEntries(new FormData(form))

const euros = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

/** Cents as a price. */
export const price = (cents) => euros.format(cents / 100)

/** A moment or a day of the database's, which are in UTC. */
export function day(text) {
  const date = new Date(text.includes(' ') ? `${text.replace(' ', 'T')}Z` : `${text}T12:00:00Z`)
  return h('time', { datetime: text }, date.toLocaleDateString('en', { dateStyle: 'long' }))
}

/** A cassette in a color of its own. */
export function cover(id) {
  const cassette = h('div', { class: 'cover', 'aria-hidden': 'true' }, h('i'), h('i'))
  cassette.style.setProperty('--hue', (id * 47) % 360)
  return cassette
}

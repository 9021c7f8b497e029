// Signing in, up and out. A page without scripts does the same with forms: see /-/session.
import { ask, whoAmI } from './bistro.js'
import { careful, field, h, say, values } from './page.js'

/** Shows who is here. */
export async function greet() {
  const { user } = await whoAmI()
  document.querySelector('#account').textContent = user ? user.email : 'Sign in'
}

export async function account(asked) {
  const { user } = await whoAmI()
  return user ? here(user) : door(asked.get('next') === 'cart' ? '#/cart' : '#/')
}

const here = (user) => [
  h('h1', {}, 'Account'),
  h('p', {}, 'You are signed in as ', h('strong', {}, user.email), '.'),
  h('p', {}, h('a', { href: '/-/session' }, 'Your sessions and your password')),
  h('button', {
    class: 'main',
    click: careful(async () => {
      await ask('/-/session', { method: 'DELETE' })
      location.hash = '#/'
      say('You are signed out.')
    })
  }, 'Sign out')
]

function door(next) {
  const enter = (path, words) => careful(async ({ target }) => {
    await ask(path, { method: 'POST', body: values(target) })
    location.hash = next
    say(words)
  })
  return [
    h('h1', {}, 'Sign in'),
    h('p', { class: 'quiet' }, 'What is in your cart stays there.'),
    h('div', { class: 'doors' },
      h('form', { id: 'sign-in', submit: enter('/-/session', 'Welcome back!') },
        h('h2', {}, 'I have been here before'),
        field('E-mail', { name: 'email', type: 'email', required: true, autocomplete: 'username' }),
        field('Password', { name: 'password', type: 'password', required: true, autocomplete: 'current-password' }),
        h('button', { class: 'main' }, 'Sign in')),
      h('form', { id: 'sign-up', submit: enter('/-/users', 'Welcome!') },
        h('h2', {}, 'I am new'),
        field('E-mail', { name: 'email', type: 'email', required: true, autocomplete: 'username' }),
        field('Password, 8 characters at least',
          { name: 'password', type: 'password', required: true, minlength: 8, autocomplete: 'new-password' }),
        h('button', { class: 'main' }, 'Sign up')))
  ]
}

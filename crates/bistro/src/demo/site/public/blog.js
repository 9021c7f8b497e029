// Posts, and comments that belong to their authors. Drafts are not here: the rules leave them out, so nobody has to filter.
import { ask, whoAmI } from './bistro.js'
import { careful, day, h, say, values } from './page.js'

export async function blog() {
  const { data: posts } = await ask('/posts?select=id,title,author,body,published_on,comments(count)&order=published_on.desc')
  return [
    h('h1', {}, 'Blog'),
    posts.map((post) => h('article', { class: 'card', lang: '' },
      h('h2', {}, h('a', { href: `#/blog/${post.id}` }, post.title)),
      h('p', { class: 'quiet' }, `${post.author} · `, day(post.published_on), ` · ${comments(post.comments[0].count)}`),
      h('p', {}, post.body)))
  ]
}

const comments = (count) => (count === 1 ? '1 comment' : `${count} comments`)

export async function post(asked, id) {
  const [{ data: post }, { data: written }, who] = await Promise.all([
    ask(`/posts/${Number(id)}`),
    ask(`/comments?post_id=eq.${Number(id)}&order=created_at,id`),
    whoAmI()
  ])
  return [
    h('article', { lang: '' },
      h('h1', {}, post.title),
      h('p', { class: 'quiet' }, `${post.author} · `, day(post.published_on)),
      h('p', { class: 'text' }, post.body)),
    h('h2', {}, comments(written.length)),
    h('ul', { class: 'comments' }, written.map(comment)),
    who.kind === 'user'
      ? form(post.id, who)
      : h('p', {}, h('a', { href: '#/account' }, 'Sign in'), ' to write a comment.')
  ]
}

const again = () => dispatchEvent(new HashChangeEvent('hashchange'))

/** Only of his own comments does somebody see whose they are. */
const comment = ({ id, author, body, created_at, user_id }) => h('li', { class: 'card' },
  h('p', { class: 'quiet' }, h('strong', {}, author), ' · ', day(created_at)),
  h('p', { class: 'text', lang: '' }, body),
  user_id && h('button', {
    class: 'plain', 'aria-label': 'Delete my comment',
    click: careful(async () => {
      await ask(`/comments/${id}`, { method: 'DELETE' })
      again()
      say('The comment is deleted.')
    })
  }, 'Delete'))

function form(post_id, who) {
  // The name that was used last is in the session's own document.
  const name = who.data.name ?? who.user.email.split('@')[0]
  return h('form', {
    id: 'comment', class: 'card',
    submit: careful(async ({ target }) => {
      const { author, body } = values(target)
      await ask('/comments', { method: 'POST', body: { post_id, author, body } })
      await ask('/-/session/data', { method: 'PATCH', body: { name: author } })
      again()
      say('Thank you for the comment.')
    })
  },
    h('h2', {}, 'Write a comment'),
    h('label', {}, h('span', {}, 'Name'), h('input', { name: 'author', value: name, required: true, maxlength: 80 })),
    h('label', {}, h('span', {}, 'Comment'), h('textarea', { name: 'body', rows: 4, required: true, maxlength: 10000 })),
    h('button', { class: 'main' }, 'Send'))
}

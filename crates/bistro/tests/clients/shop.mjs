// The story of a customer in a real browser. `BISTRO_URL` is where the demo listens. It writes `restart` when the server is to
// be killed and started again, and goes on when it reads a line. With `SHOTS`, a folder, it leaves pictures there.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { load, url } from './bistro.mjs'

const { chromium } = load('playwright-core')
const EMAIL = 'ada@example.com'
const PASSWORD = 'rewind the cassette'
const NEW_PASSWORD = 'fast forward the cassette'

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/// Somebody with a browser of his own, in which nothing may go wrong unseen.
async function somebody(options) {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => { throw error })
  return page
}

/// Goes there, and waits until what was shown before is gone: within a document the heading before would do as well.
const go = async (page, place) => {
  const target = `${url}/${place}`
  const before = await page.$('main h1')
  if (page.url() === target) await page.reload()
  else {
    await page.goto(target)
    if (before) await before.waitForElementState('hidden')
  }
  await page.waitForSelector('main:not([aria-busy]) h1')
}
const inCart = (page, count) => page.waitForFunction((count) => document.querySelector('#count').textContent === count, String(count))
const known = (page, name) => page.waitForFunction((name) => document.querySelector('#account').textContent === name, name)
const said = async (page, words) => {
  await page.waitForFunction((words) => document.querySelector('#message').textContent.includes(words), words)
}
const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
const add = (page, title) => page.getByRole('button', { name: `Add ${title} to the cart` })
const cookie = async (page) => (await page.context().cookies()).find(({ name }) => name === '__Host-sid')
const cart = async (page) => {
  await go(page, '#/cart')
  return page.$$eval('.lines li', (items) => items.map((item) =>
    [item.querySelector('h2').textContent, Number(item.querySelector('input').value)]))
}
const shot = (page, name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/${name}.png` })

async function sign(page, way, email, password) {
  const form = page.locator(`#sign-${way}`)
  await form.getByLabel('E-mail').fill(email)
  await form.getByLabel('Password').fill(password)
  await form.getByRole('button').press('Enter')
}

const ada = await somebody()

await test('a stranger looks at the catalogue, and nobody notes it', async () => {
  await go(ada, '')
  assert.equal(await ada.locator('.songs li').count(), 24)
  await ada.getByLabel('Search').fill('NIRVANA')
  await ada.keyboard.press('Enter')
  await ada.getByText('1–', { exact: false }).waitFor()
  await ada.waitForFunction(() => document.querySelectorAll('.songs li').length < 24)
  for (const text of await ada.locator('.songs .what').allTextContents()) assert.match(text, /Nirvana/)
  // A search is a text, whatever is in it.
  await ada.getByLabel('Search').fill('a",(b)\\*<i>')
  await ada.keyboard.press('Enter')
  await ada.getByText('No song is like that.').waitFor()
  await ada.getByLabel('Search').fill('')
  await ada.getByLabel('Sort by').selectOption('Title')
  await ada.waitForFunction(() => document.querySelectorAll('.songs li').length === 24)
  const first = await ada.locator('.songs h2').first().textContent()
  await ada.getByRole('link', { name: 'Next →' }).click()
  await ada.getByText('25–48 of ').waitFor()
  assert.notEqual(await ada.locator('.songs h2').first().textContent(), first)
  await ada.goBack()
  await ada.getByText('1–24 of ').waitFor()
  assert.equal(await ada.locator('.songs h2').first().textContent(), first)
  assert.deepEqual(await ada.context().cookies(), [])
})

await test('what he puts into the cart is there after a reload, and after the server was killed', async () => {
  await go(ada, '#/?q=Radiohead')
  await add(ada, 'Creep').press('Enter')
  await inCart(ada, 1)
  await add(ada, 'Karma Police').click()
  await inCart(ada, 2)
  const { httpOnly, secure, sameSite } = await cookie(ada)
  assert.deepEqual([httpOnly, secure, sameSite], [true, true, 'Lax'])
  await ada.reload()
  await inCart(ada, 2)
  await go(ada, '#/cart')
  await ada.getByLabel('How many of Creep').fill('3')
  await ada.keyboard.press('Tab')
  await inCart(ada, 4)
  // The page was made anew, and the keyboard is where it was going.
  assert.equal(await ada.evaluate(() => document.activeElement.ariaLabel), 'Remove Creep')
  await shot(ada, 'cart')
  console.log('restart')
  await lines.next()
  assert.deepEqual(await cart(ada), [['Creep', 3], ['Karma Police', 1]])
})

await test('signing up keeps the cart, and changes the key', async () => {
  const before = await cookie(ada)
  await ada.getByRole('link', { name: 'Sign in to order' }).click()
  await heading(ada, 'Sign in')
  await shot(ada, 'sign-in')
  await sign(ada, 'up', EMAIL, 'password')
  await ada.waitForSelector('#message.wrong')
  await sign(ada, 'up', EMAIL, PASSWORD)
  await heading(ada, 'Cart')
  assert.deepEqual(await cart(ada), [['Creep', 3], ['Karma Police', 1]])
  await known(ada, EMAIL)
  assert.notEqual((await cookie(ada)).value, before.value)
})

await test('an order is made at the price that the shop says', async () => {
  const named = await ada.evaluate(async () => {
    const response = await fetch('/purchases', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ purchase_lines: [{ song_id: 1, quantity: 1, unit_price_cents: 1 }] })
    })
    return [response.status, (await response.json()).message]
  })
  assert.equal(named[0], 400)
  assert.match(named[1], /unit_price_cents/)
  await go(ada, '#/cart')
  const total = await ada.locator('.total strong').textContent()
  await ada.getByRole('button', { name: 'Place the order' }).click()
  await heading(ada, 'My orders')
  assert.equal(await ada.locator('tfoot strong').textContent(), total)
  assert.match(total, /^€[1-9]/)
  assert.equal(await ada.locator('article').count(), 1)
  await inCart(ada, 0)
  await shot(ada, 'orders')
})

await test('a comment belongs to its author', async () => {
  await said(ada, 'Thank you')
  await go(ada, '#/blog')
  assert.equal(await ada.locator('#message').isVisible(), false, 'what was said was said somewhere else')
  await shot(ada, 'blog')
  await ada.getByRole('link', { name: 'Five songs that sound like rain' }).click()
  await ada.getByLabel('Name').fill('Ada')
  await ada.getByLabel('Comment').fill('<b>“Creep”</b>, of course.')
  await ada.getByRole('button', { name: 'Send' }).click()
  await said(ada, 'Thank you')
  await ada.getByText('<b>“Creep”</b>, of course.').waitFor()
  assert.equal(await ada.getByRole('button', { name: 'Delete my comment' }).count(), 1)
  await shot(ada, 'post')
  // The name is remembered with the session.
  await ada.reload()
  await ada.getByLabel('Name').waitFor()
  assert.equal(await ada.getByLabel('Name').inputValue(), 'Ada')
})

await test('signing out leaves an empty cart', async () => {
  await go(ada, '#/?q=Radiohead')
  await add(ada, 'Creep').click()
  await inCart(ada, 1)
  await go(ada, '#/account')
  await ada.getByRole('button', { name: 'Sign out' }).click()
  await said(ada, 'signed out')
  await inCart(ada, 0)
  await known(ada, 'Sign in')
  await go(ada, '#/orders')
  await ada.getByText('to see what you have ordered').waitFor()
})

const elsewhere = await somebody({ viewport: { width: 420, height: 800 }, colorScheme: 'dark' })

await test('in another browser everything is there, and both carts are one', async () => {
  await go(elsewhere, '#/?q=Radiohead')
  await add(elsewhere, 'Creep').click()
  await inCart(elsewhere, 1)
  await go(elsewhere, '#/account')
  await sign(elsewhere, 'in', EMAIL, 'not this one')
  await elsewhere.waitForSelector('#message.wrong')
  await said(elsewhere, 'do not belong together')
  await sign(elsewhere, 'in', EMAIL, PASSWORD)
  await inCart(elsewhere, 2)
  assert.deepEqual(await cart(elsewhere), [['Creep', 2]])
  await go(elsewhere, '#/orders')
  assert.equal(await elsewhere.locator('article').count(), 1)
  await shot(elsewhere, 'orders-narrow-dark')
  await go(elsewhere, '#/blog/3')
  await elsewhere.getByRole('button', { name: 'Delete my comment' }).click()
  await said(elsewhere, 'deleted')
  await elsewhere.waitForFunction(() => !document.body.textContent.includes('of course.'))
  await go(elsewhere, '#/weather')
  assert.equal(await elsewhere.locator('.cities li').count(), 20)
  await shot(elsewhere, 'weather-narrow-dark')
})

await test('another site changes nothing', async () => {
  // The same site on another port gets the cookie; another site does not. Neither is the shop.
  for (const host of ['127.0.0.1', 'localhost']) {
    const other = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(`<form method="post" action="${url}/cart_items"><input name="song_id" value="9"><button>Win!</button></form>
        <form method="post" action="${url}/-/session"><button name="action" value="end">Bye</button></form>`)
    })
    await new Promise((resolve) => other.listen(0, host, resolve))
    const page = await elsewhere.context().newPage()
    for (const button of ['Win!', 'Bye']) {
      await page.goto(`http://${host}:${other.address().port}/`)
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.getByRole('button', { name: button }).click()
      ])
      assert.equal(answer.status(), 403, `${host} ${button}`)
    }
    await page.goto(`http://${host}:${other.address().port}/`)
    for (const [method, type] of [['POST', 'text/plain'], ['POST', 'application/x-www-form-urlencoded'], ['POST', 'application/json'], ['DELETE', 'text/plain']]) {
      const sent = await page.evaluate(([url, method, type]) => fetch(url, {
        method, mode: method === 'POST' && type !== 'application/json' ? 'no-cors' : 'cors', credentials: 'include', headers: { 'Content-Type': type },
        body: type === 'application/json' ? '{"song_id": 9}' : 'song_id=9'
      }).then((response) => response.type, () => 'refused'), [`${url}/cart_items`, method, type])
      assert.ok(['opaque', 'refused'].includes(sent), `${host} ${method} ${type}: ${sent}`)
    }
    // Nor does it see anything.
    const seen = await page.evaluate((url) => fetch(`${url}/-/session`, { credentials: 'include' }).then((r) => r.text(), () => 'refused'), url)
    assert.equal(seen, 'refused')
    await page.close()
    other.close()
    other.closeAllConnections()
  }
  assert.deepEqual(await cart(elsewhere), [['Creep', 2]])
  await known(elsewhere, EMAIL)
})

await test('without scripts there are forms', async () => {
  const page = await somebody({ javaScriptEnabled: false })
  await page.goto(`${url}/songs`)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await shot(page, 'session-stranger')
  const form = page.locator('form', { has: page.getByRole('heading', { name: 'Sign in' }) })
  const enter = async (password) => {
    await form.getByLabel('E-mail').fill(EMAIL)
    await form.getByLabel('Password').fill(password)
    await form.getByRole('button').click()
  }
  await enter('not this one')
  await page.getByRole('alert').waitFor()
  assert.equal(await form.getByLabel('E-mail').inputValue(), EMAIL)
  await shot(page, 'session-wrong')
  await enter(PASSWORD)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  assert.equal(await page.locator('tbody tr').count(), 2)
  await shot(page, 'session-user')
  // The session in the other browser ends, at once.
  await page.getByRole('button', { name: /^End the session/ }).click()
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1)
  await elsewhere.reload()
  await inCart(elsewhere, 0)
  await known(elsewhere, 'Sign in')
  await page.getByLabel('The password you have now').fill(PASSWORD)
  await page.getByLabel(/^New password/).fill(NEW_PASSWORD)
  await page.getByRole('button', { name: 'Change the password' }).click()
  await page.waitForLoadState()
  assert.equal(await page.getByRole('alert').count(), 0)
  await page.goto(`${url}/songs`)
  await page.getByRole('link', { name: EMAIL }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You have not signed in.').waitFor()
  await enter(PASSWORD)
  await page.getByRole('alert').waitFor()
  await enter(NEW_PASSWORD)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
})

await browser.close()
process.exit(0)

/// One step of the story; each goes on where the one before has ended.
async function test(name, run) {
  try {
    await run()
  } catch (error) {
    console.error(`${name}: ${error.stack}`)
    for (const context of browser.contexts()) {
      for (const page of context.pages()) console.error(page.url(), await page.textContent('body').catch(String))
    }
    process.exit(1)
  }
}

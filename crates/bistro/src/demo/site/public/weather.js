// Today's weather in twenty cities; a sample, and it says so.
import { ask } from './bistro.js'
import { day, h } from './page.js'

const SKIES = { clear: '☀️', clouds: '☁️', rain: '🌧️', snow: '🌨️', fog: '🌫️', storm: '⛈️' }

export async function weather() {
  const { data: cities } = await ask('/weather?order=observed_on.desc,city')
  const today = cities.filter((city) => city.observed_on === cities[0].observed_on)
  return [
    h('h1', {}, 'Weather'),
    cities.length === 0
      ? h('p', { class: 'empty' }, 'Nobody has looked out of the window.')
      : h('p', { class: 'quiet' }, day(today[0].observed_on), today.some((city) => city.is_sample) && ' · sample data'),
    h('ul', { class: 'cities' }, today.map((city) => h('li', { class: 'card' },
      h('h2', {}, h('span', { lang: '' }, city.name), city.name !== city.city && h('span', { class: 'quiet' }, ` ${city.city}`)),
      h('p', { class: 'sky' }, h('span', { 'aria-hidden': 'true' }, SKIES[city.sky] ?? ''), ` ${city.temperature_c.toFixed(1)} °C`),
      h('p', { class: 'quiet' }, `${city.sky}, ${city.humidity} % humidity`))))
  ]
}

// A check in person by appointment, against the real program: picked by the keyboard, changed,
// seen by the registrar, given back; the letters follow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { ask, logIn } from './lib/enrolment.js';
import { opened } from './lib/opened.js';
import { startServer } from './lib/server.js';

const { browser, server } = await opened(startServer({ args: ['--in-person-slots=mon-sun 09:00-18:00 Pacific/Auckland', '--in-person-slot-minutes=30'] }));

test('an appointment is picked, changed, seen by the registrar and given back', { timeout: 240_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/signature', 'maeva', { timezoneId: 'Europe/Paris' });
  t.after(() => context.close());
  await page.click('[data-action="subscribe"]');
  await page.waitForURL('**/request?id=**');
  const id = new URL(page.url()).searchParams.get('id');
  await page.waitForSelector('body[data-state="declared"] #heading');
  await ask(page, 'POST', `/api/enrolments/${id}/in-person`);
  await page.waitForSelector('#form-appointment:visible');
  await accessible(page, 'choosing an appointment');
  // Whose clock it is stands there: the desk is on the other side of the earth.
  assert.match(await page.textContent('#slots-clock') ?? '', /Auckland/);

  await page.focus('#slot-day');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  const picked = await page.locator('#at option:checked').textContent() ?? '';
  assert.equal(picked, '09:30');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#appointment-booked:visible');
  assert.match(await page.textContent('#appointment-when') ?? '', /à 09:30$/);
  assert.equal(await page.evaluate(() => document.activeElement !== document.body), true, 'the keyboard is thrown out');
  await accessible(page, 'an appointment');

  // Another time; Back leads to what was booked.
  await page.click('#appointment-change');
  await page.waitForSelector('#form-appointment:visible');
  await page.goBack();
  await page.waitForSelector('#appointment-booked:visible');
  await page.click('#appointment-change');
  await page.selectOption('#at', { label: '10:30' });
  await page.click('#form-appointment [type="submit"]');
  await page.waitForFunction(() => document.getElementById('appointment-when')?.textContent?.endsWith('10:30'));

  // The letter says it by the clock there.
  await page.waitForFunction(async () => {
    const { messages } = await (await fetch('/api/outbox')).json();
    return messages.some((/** @type {{text: string}} */ { text }) => /10:30.NZ/.test(text));
  });

  const desk = await logIn(browser, server.origin, '/registrar', 'registrar');
  t.after(() => desk.context.close());
  await desk.page.waitForSelector('#expected-list [data-action="open"]');
  assert.match(await desk.page.textContent('#expected-list') ?? '', /10:30 – 11:00/);
  await accessible(desk.page, 'the list of appointments');
  await desk.page.click('#expected-list [data-action="open"]');
  await desk.page.waitForSelector('body[data-state="found"] #declared');
  assert.match(await desk.page.textContent('#declared') ?? '', /à 10:30/);

  await page.click('[data-action="give-back"]');
  await page.waitForSelector('#form-appointment:visible');
  await desk.page.click('[data-action="leave"]:visible');
  await desk.page.waitForSelector('#expected-none:visible');

  // Who comes no more is told so, with what takes the entry out of their calendar.
  await page.click('#remote');
  await page.waitForSelector('body[data-state="declared"] #heading');
  await page.waitForFunction(async () => {
    const { messages } = await (await fetch('/api/outbox')).json();
    return messages[0].subject === 'Votre visite est annulée' && /^\w+\.ics$/.test(messages[0].attachments?.[0]);
  });
  assert.deepEqual([problems, desk.problems], [[], []]);
});

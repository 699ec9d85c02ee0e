// @ts-check
// The screens of the request's page that ask something: consents, what was
// read, what is not correct, the certificate. Safe to call twice; what a person
// ticked or typed stays.

import { has, language, t } from '../lib/i18n.js';
import { hide, must, setText, setValue } from '../lib/dom.js';
import { fillList, part, renderFacts, setOptional } from '../lib/page.js';
import { documentDate, languageName } from '../lib/format.js';
import { boxesOf, fullName, stepKey } from '../wire/enrolment.js';
import { layCrop } from './crop.js';
import { nameChoice } from './model.js';

/** @typedef {import('./state.js').RequestState} RequestState */
/** @typedef {import('../wire/enrolment.js').View} View */
/** @typedef {import('../wire/enrolment.js').LegalText} LegalText */

/** @param {LegalText[]} texts of the state @param {boolean} inPerson whether that way is offered to who says no */
export function renderBoxes(texts, inPerson) {
  fillList(must('boxes'), 'box-template', boxesOf(texts), (element, box) => {
    const input = /** @type {HTMLInputElement} */ (part(element, 'input'));
    input.id = `box-${box.id}`;
    input.name = box.id;
    input.setAttribute('aria-describedby', `box-${box.id}-error`);
    part(element, 'error').id = `box-${box.id}-error`;
    const key = `request.box.${box.id}`;
    setText(part(element, 'label'), t(has(key) ? key : 'request.box.other'));
    setOptional(part(element, 'more'), inPerson && has(`${key}.more`) ? t(`${key}.more`) : '');
    renderTexts(part(element, 'texts'), box.texts);
  }, (box) => box.texts.map((text) => `${text.kind} ${text.hash}`).join());
}

/** Links to the very texts that are agreed to. @param {HTMLElement} list @param {LegalText[]} texts */
function renderTexts(list, texts) {
  fillList(list, 'text-template', texts, (element, text) => {
    const open = /** @type {HTMLAnchorElement} */ (part(element, 'open'));
    open.href = text.url;
    setText(part(element, 'title'), text.title);
    part(element, 'title').lang = text.language;
    const version = t('request.text.version', { version: text.version });
    setText(part(element, 'version'), text.language === language() ? version : `${version} (${languageName(text.language)})`);
    const download = /** @type {HTMLAnchorElement} */ (part(element, 'download'));
    download.href = text.url;
    download.setAttribute('aria-label', t('request.text.download.of', { title: text.title }));
    setText(download, t('request.text.download'));
    setText(/** @type {HTMLElement} */ (element.querySelector('[data-t="request.text.tab"]')), t('request.text.tab'));
  }, (text) => text.hash);
}

/** Width over height of a thumbnail, as in request/main.css. */
const FRAME = 8 / 5;

/** @param {View} view */
export function renderConfirm(view) {
  const pictures = view.pictures ?? [];
  hide(must('confirm-pictures'), pictures.length === 0);
  setText(must('confirm-title'), t(pictures.length > 0 ? 'request.confirm.data' : 'request.confirm.in-person'));
  fillList(must('pictures'), 'picture-template', pictures, (element, picture) => {
    const name = t(stepKey(picture.step, view.document));
    const image = /** @type {HTMLImageElement} */ (part(element, 'image'));
    image.onload = () => layCrop(image, picture.box, FRAME);
    if (image.getAttribute('src') !== picture.url) image.src = picture.url;
    image.alt = t('request.picture.alt', { step: name });
    setText(part(element, 'name'), t('request.picture.enlarge', { step: name }));
    const button = /** @type {HTMLElement} */ (element.firstElementChild);
    button.dataset.url = picture.url;
    button.dataset.step = picture.step;
  }, (picture) => picture.url);
  const data = view.extracted;
  renderFacts('extracted', [
    ['request.given-names', data?.givenNames], ['request.surname.short', data?.surname],
    ['request.usage-name', data?.usageName], ['request.birth-date', documentDate(data?.birthDate), true],
  ]);
  const choice = nameChoice(view);
  hide(must('usage'), !choice);
  setText(must('usage-birth'), choice ? t('request.confirm.name.birth', { name: choice.birth }) : '');
  setText(must('usage-usage'), choice ? t('request.confirm.name.usage', { name: choice.usage }) : '');
  hide(must('shows-line'), Boolean(choice) || !view.certificateName);
  setValue(must('shows'), view.certificateName ?? '');
}

/** @param {View} view */
export function renderDispute(view) {
  const data = view.extracted;
  setValue(must('dispute-surname'), data?.surname ?? '');
  setValue(must('dispute-givenNames'), data?.givenNames ?? '');
  setValue(must('dispute-birthDate'), documentDate(data?.birthDate));
}

/** @param {View} view @param {RequestState} state */
export function renderCertificate(view, { me }) {
  const provider = me?.operator?.name ?? '';
  setText(must('certificate-banner'), !me || me.demo || !provider
    ? t('request.certificate.banner.demo') : t('request.certificate.banner', { name: provider }));
  setText(must('certificate-price'), me?.price ? t('request.certificate.price', { price: me.price }) : t('request.certificate.free'));
  const name = view.certificateName || (view.extracted ? fullName(view.extracted) : '');
  renderFacts('certificate-facts', [['request.certificate.name', name], ['request.email', view.declared?.email]]);
  setOptional('certificate-badge', me?.issuer?.test ? t('common.badge.test') : '');
  const texts = view.texts ?? [];
  renderTexts(must('publish-texts'), texts.filter((text) => text.kind === 'publication'));
  fillList(must('clauses'), 'clause-template', texts.filter((text) => text.kind !== 'publication'), (element, text) => {
    const key = `request.certificate.${text.kind}`;
    setText(part(element, 'title'), has(key) ? t(key) : text.title);
    setText(part(element, 'text'), has(`${key}.text`) ? t(`${key}.text`) : '');
    renderTexts(part(element, 'texts'), [text]);
  }, (text) => text.hash);
}

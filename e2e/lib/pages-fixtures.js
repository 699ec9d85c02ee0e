// What the server would say on the journey's pages: a specimen person, an
// enrolment in any state, certificates.

const minute = 60_000;
const day = 24 * 60 * minute;

/** A time from now, RFC 3339. @param {number} ms */
export const at = (ms) => new Date(Date.now() + ms).toISOString();

/** The next day at an hour of this machine's clock. @param {number} hour */
function tomorrowAt(hour) {
  const time = new Date(Date.now() + day);
  time.setHours(hour, 0, 0, 0);
  return time.toISOString();
}

const words = {
  fr: {
    badge: 'Certificat de TEST – non qualifié, sans valeur juridique', place: 'Guichet de la démonstration, 1 rue du Spécimen, 75000 Paris', hours: 'du lundi au vendredi, de 9 h à 17 h',
    again: 'Un reflet cache le numéro. Inclinez légèrement la carte, loin de la lampe.',
    refused: 'La photo du document est prise sur un écran : on en voit la trame.',
    issuer: 'Un certificat au même nom est déjà en cours de délivrance.',
    titles: {
      processing: 'Traitement des données du document', terms: 'Conditions générales', privacy: 'Politique de confidentialité', faces: 'Comparaison de visages',
      subscription: 'Contrat d’abonnement', archive: 'Conservation du dossier d’enregistrement', publication: 'Publication du certificat',
    },
    rows: [
      { what: ['photos du document et du visage', 'images prises pendant le cadrage'], why: 'Vérifier votre identité et prouver comment elle l’a été.', until: '7 jours après la remise au prestataire', days: 7, rule: 'evidence' },
      { what: ['photos du document et du visage', 'images prises pendant le cadrage'], why: 'Permettre de contester un refus.', until: '30 jours après le refus', days: 30, rule: 'refused' },
      { what: ['nom', 'prénoms', 'date de naissance', 'e-mail', 'mobile'], why: 'Établir le certificat et vous prévenir.', until: 'Comme le dossier auquel ils appartiennent.', days: 7, rule: 'enrolment' },
      { what: ['vos accords et leur date'], why: 'Prouver à quoi vous avez dit oui.', until: 'Le temps que la loi demande au prestataire.', days: 2555, rule: 'consents' },
      { what: ['reçus d’effacement, sans aucun nom'], why: 'Prouver qu’un dossier a été détruit.', until: 'Un an.', days: 365, rule: 'receipts' },
    ],
  },
  en: {
    badge: 'TEST certificate – not qualified, without legal value', place: 'Desk of the demonstration, 1 rue du Spécimen, 75000 Paris', hours: 'Monday to Friday, 9 am to 5 pm',
    again: 'A reflection hides the number. Tilt the card slightly, away from the lamp.',
    refused: 'The picture of the document was taken from a screen: its grid can be seen.',
    issuer: 'A certificate in the same name is being issued already.',
    titles: {
      processing: 'Processing of the document’s data', terms: 'General terms', privacy: 'Privacy policy', faces: 'Comparison of faces',
      subscription: 'Subscription agreement', archive: 'Keeping of the registration file', publication: 'Publication of the certificate',
    },
    rows: [
      { what: ['pictures of the document and the face', 'images taken while framing'], why: 'To check your identity and prove how it was checked.', until: '7 days after the hand-over to the provider', days: 7, rule: 'evidence' },
      { what: ['pictures of the document and the face', 'images taken while framing'], why: 'So that a refusal can be contested.', until: '30 days after the refusal', days: 30, rule: 'refused' },
      { what: ['surname', 'given names', 'date of birth', 'e-mail', 'mobile'], why: 'To make the certificate and write to you.', until: 'As long as the file they belong to.', days: 7, rule: 'enrolment' },
      { what: ['your consents and their date'], why: 'To prove what you said yes to.', until: 'As long as the law asks of the provider.', days: 2555, rule: 'consents' },
      { what: ['receipts of deletion, without any name'], why: 'To prove that a file was destroyed.', until: 'One year.', days: 365, rule: 'receipts' },
    ],
  },
};

/** Pages in a language. @param {'fr' | 'en'} language */
export const wordsOf = (language) => words[language];

/** @param {object} [more] */
export const me = (more = {}) => ({
  account: {
    subject: 'demo:maeva', name: 'Maéva Claire Specimen', givenNames: 'Maéva Claire', surname: 'Specimen', email: 'maeva.specimen@example.org', mobile: '+33 6 39 98 00 12', roles: ['applicant'],
  },
  demo: true, operator: { name: '', role: '', text: '' }, price: '', review: 'required', issuer: { test: true }, ...more,
});

export const choices = {
  demo: [
    { id: 'maeva', name: 'Maéva Claire Specimen', roles: ['applicant'] }, { id: 'elouan', name: 'Élouan Noé Specimen', roles: ['applicant'] },
    { id: 'reviewer-1', name: 'Relecteur 1 Specimen', roles: ['reviewer'] }, { id: 'reviewer-2', name: 'Relecteur 2 Specimen', roles: ['reviewer'] },
    { id: 'reviewer-3', name: 'Relecteur 3 Specimen', roles: ['reviewer'] }, { id: 'registrar', name: 'Guichet Specimen', roles: ['registrar'] },
  ],
  oidc: false,
};

const id = '0b9d3c1e-7a52-4d0e-9f41-2f6f2a7d1c55';

/** Which actions each state allows the applicant. */
const allowed = {
  declared: ['cancel', 'consent', 'correct', 'go-in-person'], consented: ['begin-capture', 'cancel', 'correct', 'go-in-person'],
  capturing: ['begin-capture', 'cancel', 'correct', 'go-in-person'], verifying: ['cancel'], review: ['cancel'], contested: ['cancel'],
  'to-confirm': ['cancel', 'confirm-data', 'dispute-data'], confirmed: ['cancel', 'request-certificate'], 'in-person': ['cancel', 'go-remote'], refused: ['contest'],
};

/** The texts of a state. @param {'fr' | 'en'} language @param {string[]} kinds */
const texts = (language, kinds) => kinds.map((kind, index) => ({
  kind, version: '1.0', hash: `${index + 3}f2a90bc7d41e6`.padEnd(64, '5'), title: words[language].titles[/** @type {'terms'} */ (kind)],
  url: `/texts/${kind}?lang=${language}`, required: kind !== 'publication', language,
}));

/**
 * An enrolment in a state.
 * @param {'fr' | 'en'} language
 * @param {string} state
 * @param {object} [more]
 */
export function view(language, state, more = {}) {
  const after = ['to-confirm', 'confirmed', 'requested', 'issued'].includes(state);
  return {
    id, reference: '7QX4MN', rev: 5, state, language, createdAt: at(-20 * minute), expiresAt: at(6.9 * day),
    allowed: allowed[/** @type {'declared'} */ (state)] ?? [],
    declared: { surname: 'Specimen', givenNames: 'Maéva Claire', birthDate: '1990-07-13', mobile: '+33 6 39 98 00 12', email: 'maeva.specimen@example.org' },
    mobileNeeded: true, missing: ['front', 'back', 'selfie'], taken: [], attempts: { left: 3, of: 3 },
    texts: state === 'declared' ? texts(language, ['processing', 'terms', 'privacy', 'faces']) : state === 'confirmed' ? texts(language, ['subscription', 'archive', 'publication']) : [],
    ...(after ? {
      document: 'identity-card', missing: [], taken: ['front', 'back', 'selfie'],
      extracted: { surname: 'Specimen', givenNames: 'Maéva Claire', birthDate: '1990-07-13' }, certificateName: 'Maéva Claire Specimen',
      pictures: ['front', 'back', 'selfie'].map((step) => ({ item: step, step, url: `/api/enrolments/${id}/pictures/${step}` })),
    } : {}),
    ...more,
  };
}

/** @param {'fr' | 'en'} language @param {object} [more] */
export const certificate = (language, more = {}) => ({
  id: 'c1', enrolment: id, subject: 'Maéva Claire TEST', issuer: 'TEST - AC NON QUALIFIEE', level: 'test', badge: words[language].badge, state: 'valid',
  from: at(-1 * day), until: at(6 * day), daysLeft: 6, serial: '4a3f9c01d27be8550f6d1e9a2c7b8d40', sha256: '9f2c51e07ab3d4886f0c1a92be47d3557102c6f8e9ad0b34c1f7a86e5d2093bb', published: false, ...more,
});

/** A document or a face that nobody could take for a real one. @param {string} step */
export function picture(step) {
  const face = '<circle cx="320" cy="165" r="78" fill="#c9b8a6"/><path d="M170 400c10-130 290-130 300 0z" fill="#6b7f9e"/><path d="M292 158h10M338 158h10M296 200q24 18 48 0" stroke="#3a3128" stroke-width="7" fill="none" stroke-linecap="round"/>';
  const front = '<rect x="20" y="20" width="600" height="360" rx="22" fill="#dfe9f4" stroke="#9db3cc" stroke-width="3"/><rect x="52" y="96" width="168" height="216" rx="8" fill="#c9d4e2"/><circle cx="136" cy="176" r="44" fill="#aebccf"/><path d="M74 312c4-84 120-84 124 0z" fill="#8fa2bd"/><text x="250" y="120" font-family="sans-serif" font-size="30" fill="#24364f">SPECIMEN</text><text x="250" y="176" font-family="sans-serif" font-size="26" fill="#24364f">Maéva Claire</text><text x="250" y="232" font-family="sans-serif" font-size="26" fill="#24364f">13.07.1990</text>';
  const back = '<rect x="20" y="20" width="600" height="360" rx="22" fill="#dfe9f4" stroke="#9db3cc" stroke-width="3"/><text x="60" y="100" font-family="sans-serif" font-size="28" fill="#24364f">SPECIMEN</text><g font-family="monospace" font-size="29" fill="#24364f"><text x="46" y="270">IDFRAX4RTBPFW46&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;</text><text x="46" y="310">9007138F3002119FRA&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;</text><text x="46" y="350">SPECIMEN&lt;&lt;MAEVA&lt;CLAIRE&lt;&lt;&lt;&lt;</text></g>';
  const inside = step.includes('selfie') ? face : step.includes('back') ? back : front;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400" viewBox="0 0 640 400"><rect width="640" height="400" fill="#a08d78"/>${inside}</svg>`;
}

export const times = { minute, day, tomorrowAt };

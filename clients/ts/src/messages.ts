// Made from protocol/schema by go test ./protocol/schema -update. Do not edit.

/** Answers is what a POST or a GET of the way without sockets brings: the messages that a socket would have brought. Error and Close are there where the socket would have been closed for a failure. */
export interface Answers {
  close?: number;
  error?: ErrorBody;
  messages: unknown[];
}

/** Beat is sent every 4 s by the phone. */
export interface Beat {
  type: 'beat';
}

/** Bye ends the session from the phone: the person cancelled. */
export interface Bye {
  type: 'bye';
}

/** Cancel ends the session from the desktop. */
export interface Cancel {
  type: 'cancel';
}

/** CaptureStill asks for the full picture of a step now. */
export interface CaptureStill {
  longSide: number;
  maxBytes: number;
  partSize: number;
  seq: number;
  step: 'document-front' | 'document-back' | 'selfie';
  type: 'capture-still';
}

/** Challenge asks for a movement: of the document after its still was accepted, or of the head before the selfie's. */
export interface Challenge {
  count: number;
  done: boolean;
  endsAt?: number;
  gesture: 'left' | 'right' | 'up' | 'down' | 'turn-left' | 'turn-right' | 'come-closer';
  index: number;
  kind: 'tilt' | 'gesture';
  maySkip?: boolean;
  nonce?: string;
  progress: number;
  type: 'challenge';
}

/** Check is one measured value against its limits. */
export interface Check {
  max?: number;
  min?: number;
  name: string;
  ok: boolean;
  unit?: string;
  value: number;
}

/** ChooseCode answers the comparison: the two digits that the desktop shows, typed. */
export interface ChooseCode {
  code: string;
  type: 'choose-code';
}

/** ChooseDocument says which document will be shown, which sets the steps. */
export interface ChooseDocument {
  document: 'identity-card' | 'passport' | 'residence-permit';
  type: 'choose-document';
}

/** Claim takes the session for this phone, after a tap. SameDevice is the proof that the desktop page of the same browser left in its storage, empty otherwise.  Token or Code repeats that of the hello where there is no socket to remember it (the POST way). */
export interface Claim {
  code?: string;
  device?: string;
  key?: string;
  sameDevice?: string;
  token?: string;
  type: 'claim';
}

/** Enrolment is all that its owner may see of an enrolment, to a desktop that follows it. Newest wins. */
export interface Enrolment {
  type: 'enrolment';
  view: unknown;
}

/** Error answers a message that could not be taken; the connection stays open. Measured and Wanted say what was found and what is allowed, where that makes sense. Text is English, for developers; pages have their own words per code. */
export interface Error {
  code: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  measured?: string;
  seq?: number;
  text: string;
  type: 'error';
  wanted?: string;
}

/** Error answers a message that could not be taken; the connection stays open. Measured and Wanted say what was found and what is allowed, where that makes sense. Text is English, for developers; pages have their own words per code. */
export interface ErrorBody {
  code: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  measured?: string;
  seq?: number;
  text: string;
  wanted?: string;
}

/** Extend prolongs a session that warned of its end. Either side. */
export interface Extend {
  type: 'extend';
}

/** FrameResult answers one preview frame. */
export interface FrameResult {
  box?: [number, number, number, number];
  checks?: Check[];
  code?: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  corners?: [number, number][];
  good: boolean;
  hint?: 'no-document' | 'no-face' | 'several-faces' | 'wrong-document' | 'other-side' | 'cut-off' | 'move' | 'hold-flat' | 'face-camera' | 'move-closer' | 'move-back' | 'too-dark' | 'too-bright' | 'uneven-light' | 'glare' | 'covered' | 'eyes-closed' | 'screen' | 'copy' | 'blurred' | 'not-readable' | 'hold-still' | 'shown-again';
  measured?: string;
  previewSide?: number;
  seq: number;
  status: 'judged' | 'busy' | 'refused' | 'stale';
  step: 'document-front' | 'document-back' | 'selfie';
  streak?: number;
  toward?: 'left' | 'right' | 'up' | 'down';
  type: 'frame-result';
  wanted?: string;
}

export type FromDesktop = Cancel | Extend | Hello | NotMyPhone | Renew | SameDevice | SetAddress | SetLanguage;

export type FromPhone = Beat | Bye | ChooseCode | ChooseDocument | Claim | Extend | Hello | NotMe | Presence | Retake | SetLanguage | Skip | Start | UseAnyway;

export type FromServer = CaptureStill | Challenge | Enrolment | Error | FrameResult | Invitation | Live | Notice | Pairing | PartAck | Progress | StillResult | Welcome;

/** Hello is the first message on every socket, within 10 s. A desktop is known by its cookie and gives only Rev and Language, and Enrolment where it follows an enrolment and no session: then it is known by its login. A phone gives exactly one of Token (from the link's fragment), Code (typed) or DeviceSecret (it comes back). */
export interface Hello {
  code?: string;
  deviceSecret?: string;
  enrolment?: string;
  language?: string;
  rev?: number;
  token?: string;
  type: 'hello';
}

/** Invitation answers a hello with a token: who asks, before anything is claimed. */
export interface Invitation {
  desktop: string;
  language: string;
  openedAt: number;
  place?: string;
  site: string;
  type: 'invitation';
}

/** Live is the newest hint and, at most once a second, a small picture of what the phone sees: 160 px wide at most. Disposable. */
export interface Live {
  accepted?: boolean;
  hint?: 'no-document' | 'no-face' | 'several-faces' | 'wrong-document' | 'other-side' | 'cut-off' | 'move' | 'hold-flat' | 'face-camera' | 'move-closer' | 'move-back' | 'too-dark' | 'too-bright' | 'uneven-light' | 'glare' | 'covered' | 'eyes-closed' | 'screen' | 'copy' | 'blurred' | 'not-readable' | 'hold-still' | 'shown-again';
  progress?: number;
  step: 'document-front' | 'document-back' | 'selfie';
  thumbnail?: string;
  type: 'live';
}

/** NotMe ends the session at once: the person did not ask for it. */
export interface NotMe {
  type: 'not-me';
}

/** NotMyPhone throws the connected phone out and forgets what it captured; a new code follows. */
export interface NotMyPhone {
  type: 'not-my-phone';
}

/** Notice is an event that changes no state. Newest wins. */
export interface Notice {
  code: 'second-phone' | 'phone-moved' | 'elsewhere' | 'going-down';
  type: 'notice';
}

/** OpenSession is the body of POST /api/sessions. */
export interface OpenSession {
  enrolment?: string;
  language?: string;
  new?: boolean;
}

/** Opened answers POST /api/sessions. */
export interface Opened {
  reference: string;
  state: 'waiting' | 'scanned' | 'comparing' | 'paired' | 'capturing' | 'done' | 'ended';
}

/** Pairing is what the desktop needs to show a code. It reaches only the tab that asked. */
export interface Pairing {
  container?: boolean;
  expiresAt: number;
  origin: string;
  origins: string[];
  qr: string;
  renewsEnd: number;
  sameDevice?: string;
  trustUrl?: string;
  type: 'pairing';
  typedCode: string;
  typedUrl: string;
  url: string;
}

/** PartAck confirms one part of a still; what is not confirmed is sent again. */
export interface PartAck {
  part: number;
  seq: number;
  type: 'part-ack';
}

/** Phone is what the desktop may know of the phone. */
export interface Phone {
  name: string;
  since: number;
  state: 'present' | 'absent' | 'asleep';
}

/** Presence tells that the phone's page goes out of sight or comes back. */
export interface Presence {
  state: 'asleep' | 'awake';
  type: 'presence';
}

/** Progress is the whole visible state of a session. Rev grows with every change. */
export interface Progress {
  code?: string;
  document?: 'identity-card' | 'passport' | 'residence-permit';
  expiresAt?: number;
  language: string;
  phone?: Phone;
  reason?: 'wrong-code' | 'wrong-code-twice' | 'not-me' | 'not-my-phone' | 'cancelled-phone' | 'cancelled-desktop' | 'idle' | 'expired' | 'codes-over' | 'code-shared' | 'too-many-stills' | 'unsafe-pictures';
  reference: string;
  rev: number;
  state: 'waiting' | 'scanned' | 'comparing' | 'paired' | 'capturing' | 'done' | 'ended';
  steps?: Step[];
  type: 'progress';
  warn?: boolean;
}

/** Progress is the whole visible state of a session. Rev grows with every change. */
export interface ProgressBody {
  code?: string;
  document?: 'identity-card' | 'passport' | 'residence-permit';
  expiresAt?: number;
  language: string;
  phone?: Phone;
  reason?: 'wrong-code' | 'wrong-code-twice' | 'not-me' | 'not-my-phone' | 'cancelled-phone' | 'cancelled-desktop' | 'idle' | 'expired' | 'codes-over' | 'code-shared' | 'too-many-stills' | 'unsafe-pictures';
  reference: string;
  rev: number;
  state: 'waiting' | 'scanned' | 'comparing' | 'paired' | 'capturing' | 'done' | 'ended';
  steps?: Step[];
  warn?: boolean;
}

/** Refusal is the body of an HTTP answer that is no success. */
export interface Refusal {
  error: ErrorBody;
}

/** Renew asks for a new pairing token and typed code. The page sends it by itself when the code shown runs out and the tab is visible; Manual marks the button, which also works once the ten minutes of renewal by itself are over. */
export interface Renew {
  manual?: boolean;
  type: 'renew';
}

/** Retake gives an accepted step back to be done again. */
export interface Retake {
  step: 'document-front' | 'document-back' | 'selfie';
  type: 'retake';
}

/** SameDevice asks to go on in this same browser. The server answers with a Pairing whose SameDevice is set. */
export interface SameDevice {
  type: 'same-device';
}

/** SetAddress chooses which of the machine's addresses the QR carries. */
export interface SetAddress {
  origin: string;
  type: 'set-address';
}

/** SetLanguage changes the language of both pages. Either side. */
export interface SetLanguage {
  language: string;
  type: 'set-language';
}

/** Skip leaves out a challenge ("tilt" or "gesture") that the person cannot do. */
export interface Skip {
  challenge: 'tilt' | 'gesture';
  type: 'skip';
}

/** Start begins, or begins again after a reload, the capture: the camera is open. */
export interface Start {
  cameraHeight?: number;
  cameraWidth?: number;
  type: 'start';
  voiceGuide?: boolean;
}

/** Step is the state of one capture step in a Progress. */
export interface Step {
  notes?: ('used-anyway' | 'tilt-skipped' | 'gesture-skipped' | 'manual')[];
  offerAnyway?: boolean;
  phase?: 'guiding' | 'still' | 'tilt' | 'gesture';
  state: 'waiting' | 'active' | 'accepted';
  step: 'document-front' | 'document-back' | 'selfie';
  stillsLeft: number;
}

/** StillParts tells how far an upload got. */
export interface StillParts {
  parts: number;
  received: number[];
  seq: number;
  step: 'document-front' | 'document-back' | 'selfie';
}

/** StillResult answers a whole still. */
export interface StillResult {
  accepted: boolean;
  changeDocument?: boolean;
  checks?: Check[];
  code?: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  hint?: 'no-document' | 'no-face' | 'several-faces' | 'wrong-document' | 'other-side' | 'cut-off' | 'move' | 'hold-flat' | 'face-camera' | 'move-closer' | 'move-back' | 'too-dark' | 'too-bright' | 'uneven-light' | 'glare' | 'covered' | 'eyes-closed' | 'screen' | 'copy' | 'blurred' | 'not-readable' | 'hold-still' | 'shown-again';
  measured?: string;
  offerAnyway?: boolean;
  seq: number;
  step: 'document-front' | 'document-back' | 'selfie';
  stillsLeft: number;
  toward?: 'left' | 'right' | 'up' | 'down';
  type: 'still-result';
  wanted?: string;
}

/** UseAnyway keeps the last still of a step that was refused for quality, once the server has offered it. */
export interface UseAnyway {
  step: 'document-front' | 'document-back' | 'selfie';
  type: 'use-anyway';
}

/** Welcome opens a socket's conversation. DeviceSecret stands only in the answer to a phone's claim. */
export interface Welcome {
  challenge: boolean;
  deviceSecret?: string;
  progress?: ProgressBody;
  role: 'desktop' | 'phone';
  serverTime: number;
  site: string;
  still?: StillParts;
  type: 'welcome';
}

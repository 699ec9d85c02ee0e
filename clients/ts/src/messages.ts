// Made from protocol/schema by go test ./protocol/schema -update. Do not edit.

/** Answers is the body of every answer of the HTTP fallback: the messages that a socket would have carried. Error and Close are set where the socket would have been closed with an error. */
export interface Answers {
  close?: number;
  error?: ErrorBody;
  messages: unknown[];
}

/** Beat is the phone's heartbeat, sent every 4 s. */
export interface Beat {
  type: 'beat';
}

/** Bye ends the session from the phone: the person cancelled. */
export interface Bye {
  type: 'bye';
}

/** CameraReport says how the phone's camera behaves, some seconds after it was opened. It is optional, and what it says is a doubt for a reviewer at most. Fields that the browser does not tell are left out. */
export interface CameraReport {
  able?: string[];
  distinct?: number;
  facing: 'user' | 'environment';
  frames?: number;
  height?: number;
  label?: string;
  luma?: number[];
  maxHeight?: number;
  maxWidth?: number;
  openedIn?: number;
  reportedFacing?: string;
  reportedHeight?: number;
  reportedRate?: number;
  reportedWidth?: number;
  resize?: CameraResize;
  times?: number[];
  torch?: CameraTorch;
  type: 'camera-report';
  width?: number;
}

/** CameraResize says what came of asking a camera for another of its own sizes, without cutting or scaling. */
export interface CameraResize {
  height: number;
  refused?: boolean;
  reportedHeight?: number;
  reportedWidth?: number;
  shownHeight?: number;
  shownWidth?: number;
  took?: number;
  width: number;
}

/** CameraTorch says what came of lighting a camera's torch for a moment, or of putting out one that the person had lit. Levels are mean green ones, 0 to 255, of 4 × 3 parts of the picture, its rows from the top. */
export interface CameraTorch {
  after?: number[];
  before?: number[];
  during?: number[];
  off?: boolean;
  refused?: boolean;
  took?: number;
}

/** Cancel ends the session from the desktop. */
export interface Cancel {
  type: 'cancel';
}

/** CaptureStill asks the phone for the full picture of a step. */
export interface CaptureStill {
  longSide: number;
  maxBytes: number;
  partSize: number;
  seq: number;
  step: 'document-front' | 'document-back' | 'selfie';
  type: 'capture-still';
}

/** Challenge asks for a movement: of the document after its still was accepted, of the head before the selfie's still. After the head's movements it asks the page to show colours, if start said that it can. */
export interface Challenge {
  colour?: string;
  count: number;
  done: boolean;
  endsAt?: number;
  gesture: 'left' | 'right' | 'up' | 'down' | 'turn-left' | 'turn-right' | 'come-closer' | 'neutral' | 'rose' | 'green' | 'blue' | 'yellow';
  index: number;
  kind: 'tilt' | 'gesture' | 'light';
  maySkip?: boolean;
  nonce?: string;
  progress: number;
  type: 'challenge';
}

/** Check compares one measured value with its limits. */
export interface Check {
  max?: number;
  min?: number;
  name: string;
  ok: boolean;
  unit?: string;
  value: number;
}

/** ChooseCode answers the comparison with the two digits shown on the desktop. */
export interface ChooseCode {
  code: string;
  type: 'choose-code';
}

/** ChooseDocument says which document will be captured. It sets the steps. */
export interface ChooseDocument {
  document: 'identity-card' | 'passport' | 'residence-permit';
  type: 'choose-document';
}

/** Claim takes the session for this phone, after a tap. SameDevice is the proof that the desktop page of the same browser left in its storage, otherwise empty.  Token or Code repeats that of the hello on the HTTP fallback, which has no socket to remember it. */
export interface Claim {
  code?: string;
  device?: string;
  key?: string;
  proof?: Proof;
  sameDevice?: string;
  signingKey?: string;
  token?: string;
  type: 'claim';
}

/** Enrolment carries the owner's view of an enrolment to a desktop that follows it. A newer one replaces an older one. */
export interface Enrolment {
  type: 'enrolment';
  view: unknown;
}

/** Error answers a message that was not accepted. The connection stays open. Measured and Wanted give the value found and the value allowed, where that applies. Text is English, for developers; the pages have their own words for each code. */
export interface Error {
  code: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-signature' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  measured?: string;
  seq?: number;
  text: string;
  type: 'error';
  wanted?: string;
}

/** Error answers a message that was not accepted. The connection stays open. Measured and Wanted give the value found and the value allowed, where that applies. Text is English, for developers; the pages have their own words for each code. */
export interface ErrorBody {
  code: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-signature' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  measured?: string;
  seq?: number;
  text: string;
  wanted?: string;
}

/** Extend prolongs a session that warned of its end. Either side sends it. */
export interface Extend {
  type: 'extend';
}

/** FrameResult answers one preview frame. */
export interface FrameResult {
  box?: [number, number, number, number];
  checks?: Check[];
  code?: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-signature' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  corners?: [number, number][];
  good: boolean;
  hint?: 'no-document' | 'no-face' | 'several-faces' | 'wrong-document' | 'other-side' | 'cut-off' | 'move' | 'hold-flat' | 'face-camera' | 'move-closer' | 'move-back' | 'too-dark' | 'too-bright' | 'uneven-light' | 'glare' | 'covered' | 'eyes-closed' | 'screen' | 'blurred' | 'copy' | 'not-readable' | 'hold-still' | 'shown-again';
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

export type FromPhone = Beat | Bye | CameraReport | ChooseCode | ChooseDocument | Claim | Extend | Hello | NotMe | Presence | Retake | SetLanguage | Skip | Start | UseAnyway;

export type FromServer = CaptureStill | Challenge | Enrolment | Error | FrameResult | Invitation | Live | Notice | Pairing | PartAck | Progress | StillResult | Welcome;

/** Hello is the first message on every socket, due within 10 s. A desktop is identified by its session cookie and sends only Rev and Language. A desktop that follows an enrolment without a session also sends Enrolment and is identified by its login. A phone sends exactly one of Token (from the link's fragment), Code (typed) and DeviceSecret (on a return). */
export interface Hello {
  code?: string;
  deviceSecret?: string;
  enrolment?: string;
  language?: string;
  proof?: Proof;
  rev?: number;
  token?: string;
  type: 'hello';
}

/** Invitation answers a hello that carries a token. It says who asks, before anything is claimed. */
export interface Invitation {
  desktop: string;
  language: string;
  logo?: string;
  openedAt: number;
  place?: string;
  site: string;
  type: 'invitation';
}

/** Live carries the newest hint and, at most once a second, a thumbnail of the phone's preview, at most 160 px wide. It may be lost. */
export interface Live {
  accepted?: boolean;
  hint?: 'no-document' | 'no-face' | 'several-faces' | 'wrong-document' | 'other-side' | 'cut-off' | 'move' | 'hold-flat' | 'face-camera' | 'move-closer' | 'move-back' | 'too-dark' | 'too-bright' | 'uneven-light' | 'glare' | 'covered' | 'eyes-closed' | 'screen' | 'blurred' | 'copy' | 'not-readable' | 'hold-still' | 'shown-again';
  progress?: number;
  step: 'document-front' | 'document-back' | 'selfie';
  thumbnail?: string;
  type: 'live';
}

/** NotMe ends the session at once: the person did not ask for it. */
export interface NotMe {
  type: 'not-me';
}

/** NotMyPhone disconnects the phone and discards its captures. A new code follows. */
export interface NotMyPhone {
  type: 'not-my-phone';
}

/** Notice is an event that changes no state. A newer notice replaces an older one. */
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

/** Pairing is everything a desktop needs to show a code. Only the tab that asked receives it. */
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

/** PartAck confirms one part of a still. The phone sends unconfirmed parts again. */
export interface PartAck {
  part: number;
  seq: number;
  type: 'part-ack';
}

/** Phone is what the desktop is told about the phone. */
export interface Phone {
  camera?: 'denied';
  name: string;
  since: number;
  state: 'present' | 'absent' | 'asleep';
}

/** Presence says that the phone's page was hidden or is visible again, and that its camera was refused. Start says that the camera is open. */
export interface Presence {
  camera?: 'denied';
  state: 'asleep' | 'awake';
  type: 'presence';
}

/** Progress is the full visible state of a session. Rev grows with every change. */
export interface Progress {
  code?: string;
  document?: 'identity-card' | 'passport' | 'residence-permit';
  expiresAt?: number;
  language: string;
  phone?: Phone;
  reason?: 'wrong-code' | 'wrong-code-twice' | 'not-me' | 'not-my-phone' | 'cancelled-phone' | 'cancelled-desktop' | 'idle' | 'expired' | 'codes-over' | 'code-shared' | 'too-many-stills' | 'unsafe-pictures' | 'enrolment-over';
  reference: string;
  rev: number;
  state: 'waiting' | 'scanned' | 'comparing' | 'paired' | 'capturing' | 'done' | 'ended';
  steps?: Step[];
  type: 'progress';
  warn?: boolean;
}

/** Progress is the full visible state of a session. Rev grows with every change. */
export interface ProgressBody {
  code?: string;
  document?: 'identity-card' | 'passport' | 'residence-permit';
  expiresAt?: number;
  language: string;
  phone?: Phone;
  reason?: 'wrong-code' | 'wrong-code-twice' | 'not-me' | 'not-my-phone' | 'cancelled-phone' | 'cancelled-desktop' | 'idle' | 'expired' | 'codes-over' | 'code-shared' | 'too-many-stills' | 'unsafe-pictures' | 'enrolment-over';
  reference: string;
  rev: number;
  state: 'waiting' | 'scanned' | 'comparing' | 'paired' | 'capturing' | 'done' | 'ended';
  steps?: Step[];
  warn?: boolean;
}

/** Proof shows that its sender has the signing key of the claim. Count grows from proof to proof. Signature is 64 bytes in base64url, over "visavis.v1 ", the message's type, a line feed and Count in decimal. */
export interface Proof {
  count: number;
  signature: string;
}

/** Refusal is the body of an HTTP error answer. */
export interface Refusal {
  error: ErrorBody;
}

/** Renew asks for a new pairing token and typed code. A visible page sends it when the shown code expires. Manual marks a press of the button, which also works after the ten minutes of automatic renewal. */
export interface Renew {
  manual?: boolean;
  type: 'renew';
}

/** Retake discards an accepted step so that it is captured again. */
export interface Retake {
  step: 'document-front' | 'document-back' | 'selfie';
  type: 'retake';
}

/** SameDevice asks to continue in this browser. The server answers with a Pairing whose SameDevice is set. */
export interface SameDevice {
  type: 'same-device';
}

/** SetAddress chooses which of the server's addresses the QR carries. */
export interface SetAddress {
  origin: string;
  type: 'set-address';
}

/** SetLanguage changes the language of both pages. Either side sends it. */
export interface SetLanguage {
  language: string;
  type: 'set-language';
}

/** Skip leaves out a challenge ("tilt", "gesture" or "light") that the person cannot perform, or does not want. */
export interface Skip {
  challenge: 'tilt' | 'gesture' | 'light';
  type: 'skip';
}

/** Start says that the camera is open. It starts the capture, or resumes it after a reload. */
export interface Start {
  cameraHeight?: number;
  cameraWidth?: number;
  lights?: 'shown' | 'left-out';
  type: 'start';
  voiceGuide?: boolean;
}

/** Step is the state of one capture step in a Progress. */
export interface Step {
  notes?: ('used-anyway' | 'tilt-skipped' | 'gesture-skipped' | 'light-skipped' | 'manual')[];
  offerAnyway?: boolean;
  phase?: 'guiding' | 'still' | 'tilt' | 'gesture' | 'light';
  state: 'waiting' | 'active' | 'accepted';
  step: 'document-front' | 'document-back' | 'selfie';
  stillsLeft: number;
}

/** StillParts says which parts of an upload have arrived. */
export interface StillParts {
  parts: number;
  received: number[];
  seq: number;
  step: 'document-front' | 'document-back' | 'selfie';
}

/** StillResult is the verdict on a whole still. */
export interface StillResult {
  accepted: boolean;
  changeDocument?: boolean;
  checks?: Check[];
  code?: 'bad-message' | 'unknown-type' | 'not-allowed' | 'invalid-token' | 'rate-limited' | 'too-large' | 'not-jpeg' | 'truncated' | 'bad-image' | 'bad-size' | 'empty' | 'bad-signature' | 'bad-header' | 'wrong-version' | 'wrong-step' | 'same-picture' | 'other-picture' | 'busy' | 'unavailable' | 'internal' | 'origin-refused' | 'no-session' | 'no-enrolment';
  hint?: 'no-document' | 'no-face' | 'several-faces' | 'wrong-document' | 'other-side' | 'cut-off' | 'move' | 'hold-flat' | 'face-camera' | 'move-closer' | 'move-back' | 'too-dark' | 'too-bright' | 'uneven-light' | 'glare' | 'covered' | 'eyes-closed' | 'screen' | 'blurred' | 'copy' | 'not-readable' | 'hold-still' | 'shown-again';
  measured?: string;
  offerAnyway?: boolean;
  seq: number;
  step: 'document-front' | 'document-back' | 'selfie';
  stillsLeft: number;
  toward?: 'left' | 'right' | 'up' | 'down';
  type: 'still-result';
  wanted?: string;
}

/** UseAnyway keeps the last still that was refused for quality, once the server has offered it. */
export interface UseAnyway {
  step: 'document-front' | 'document-back' | 'selfie';
  type: 'use-anyway';
}

/** Welcome is the first answer on a socket. DeviceSecret is set only in the answer to a phone's claim. */
export interface Welcome {
  challenge: boolean;
  deviceSecret?: string;
  progress?: ProgressBody;
  role: 'desktop' | 'phone';
  serverTime: number;
  signed?: boolean;
  site: string;
  still?: StillParts;
  type: 'welcome';
}

// @ts-check
import { must, show } from './view.js';

/** The photo that was just taken, frozen over the camera picture while it is sent. */
export class Taken {
  /** URL of the photo; '' when there is none. */
  url = '';

  /** @param {Blob} blob */
  show(blob) {
    this.clear(false);
    this.url = URL.createObjectURL(blob);
    must('taken').src = this.url;
    show(must('taken'), true);
    must('sending').value = 0;
    show(must('sending'), true);
    must('shutter').disabled = true;
  }

  /** @param {number} progress 0 to 1 */
  sending(progress) {
    must('sending').value = progress;
  }

  /** It is with the server; the picture stands until clear(). */
  arrived() {
    show(must('sending'), false);
  }

  /** Back to the camera. @param {boolean} keep the URL is still shown elsewhere */
  clear(keep) {
    show(must('taken'), false);
    show(must('sending'), false);
    must('shutter').disabled = false;
    if (keep || !this.url) return;
    must('taken').removeAttribute('src');
    URL.revokeObjectURL(this.url);
    this.url = '';
  }
}

// Old browsers cannot even read the modules of this page, or lay it out: a browser
// without logical insets puts the buttons of the capture where nobody finds them.
// This small script can be read by all of them and tells the person, where the page
// would stay silent.
(function () {
  function tooOld() {
    if (document.documentElement.hasAttribute('data-started')) return;
    var screens = document.querySelectorAll('section[data-screen]');
    for (var i = 0; i < screens.length; i++) {
      if (screens[i].getAttribute('data-screen') === 'old') screens[i].removeAttribute('hidden');
      else screens[i].setAttribute('hidden', '');
    }
    document.body.setAttribute('data-screen', 'old');
  }
  if (!('noModule' in document.createElement('script')) || !window.CSS || !CSS.supports('inset-inline-start', '0')) {
    document.addEventListener('DOMContentLoaded', tooOld);
    return;
  }
  window.addEventListener('error', function (event) {
    // A module that cannot be parsed: an error of syntax before the page began.
    if (event.message && /syntax/i.test(event.message)) tooOld();
  });
})();

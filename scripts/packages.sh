#!/usr/bin/env bash
# Prints the distribution packages of a purpose, one a line: the one list that
# `make run`, `make test` and the Dockerfile share.
set -euo pipefail
case "${1:-}" in
  build) # to compile
    printf '%s\n' g++ pkg-config libopencv-dev libjpeg-dev libtesseract-dev libleptonica-dev ;;
  run) # to run the server: libraries, languages
    printf '%s\n' ca-certificates tesseract-ocr tesseract-ocr-fra tesseract-ocr-eng ;;
  backup) # what visavis backup calls for records in PostgreSQL
    printf '%s\n' postgresql-client ;;
  fonts) # to draw the demonstration's specimens, where the portrait lies beside the models
    printf '%s\n' fonts-ocr-b fonts-dejavu-core ;;
  specimen) # to draw specimens: type and the public-domain portrait
    "$0" fonts
    printf '%s\n' python3-skimage ;;
  test) # to test: a real Redis, a real PostgreSQL, a PKCS#11 module, certificates, two browsers, films
    printf '%s\n' redis-server postgresql psmisc softhsm2 openssl curl python3-venv ffmpeg
    # On Ubuntu the browsers are snaps behind these names.
    if [ "$(. /etc/os-release && echo "$ID")" = ubuntu ]; then
      printf '%s\n' chromium-browser firefox
    else
      printf '%s\n' chromium firefox-esr
    fi ;;
  webkit) # to test in WebKit: Debian's own, its driver, a screen that nobody sees
    printf '%s\n' webkit2gtk-driver xvfb ;;
  peers) # to measure beside others
    printf '%s\n' tesseract-ocr tesseract-ocr-eng python3-opencv python3-skimage ;;
  lint)
    printf '%s\n' shellcheck yamllint ;;
  runtime-libs) # what the slim image needs instead of the -dev packages; the ABI is in their names
    case "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" in
      trixie) abi=410 ;;
      noble) abi=406t64 ;;
      *) abi=406 ;;
    esac
    for part in core imgproc imgcodecs videoio video highgui calib3d features2d objdetect dnn photo contrib; do
      echo "libopencv-$part$abi"
    done ;;
  *)
    echo "usage: $0 build|run|backup|fonts|specimen|test|webkit|peers|lint|runtime-libs" >&2
    exit 2 ;;
esac

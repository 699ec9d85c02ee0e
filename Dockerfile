# syntax=docker/dockerfile:1
# The build stage and the run stage take their packages from the same list as
# `make run` (scripts/packages.sh). gocv v0.31.0 is the release for OpenCV 4.6,
# which Debian 12 ships: change both together.
FROM golang:1.26-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
COPY scripts/lib.sh scripts/packages.sh scripts/
RUN apt-get update \
 && scripts/packages.sh build | xargs apt-get install -y --no-install-recommends nodejs npm python3-skimage \
 && rm -rf /var/lib/apt/lists/*
COPY scripts/models.sh scripts/models.sum scripts/
RUN scripts/models.sh
COPY go.mod go.sum ./
RUN go mod download
# The bindings of OpenCV compile slowly: a layer of their own.
# hadolint ignore=DL3059
RUN go build gocv.io/x/gocv
COPY . .
RUN scripts/build.sh && node scripts/release/licences.mjs /src >var/LICENCES

FROM debian:bookworm-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
COPY --from=build /src/scripts/lib.sh /src/scripts/packages.sh /tmp/scripts/
RUN apt-get update \
 && { /tmp/scripts/packages.sh run; /tmp/scripts/packages.sh backup; /tmp/scripts/packages.sh fonts; /tmp/scripts/packages.sh runtime-libs; } \
    | xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* /tmp/scripts \
 && useradd --system --uid 10001 --home-dir /data --create-home visavis \
 && install -d -o visavis -m 0700 /shared
COPY --from=build /src/var/bin/visavis /usr/local/bin/visavis
COPY --from=build /src/var/LICENCES /src/NOTICE /src/LICENSE /usr/share/doc/visavis/
COPY --from=build /src/var/models /usr/share/visavis/models
ENV VISAVIS_MODELS=/usr/share/visavis/models VISAVIS_DATA=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8443 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["visavis", "healthcheck"]
ENTRYPOINT ["visavis"]
CMD ["serve"]

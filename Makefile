# `make` alone lists the targets, in the order of this file. Recipes longer than a line are in scripts/.
.DEFAULT_GOAL := help
.PHONY: help run dev build deb deb-test release release-test test test-go test-js e2e e2e-languages test-busy step-test test-oracles \
	lint check fuzz api-fuzz webkit-test distro-test image-test kube-test proxy-test monitoring-test bench bench-pages first-success load soak chaos \
	kills eval eval-peers attack screenshots tour fmt clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  make %-15s %s\n", $$1, $$2}'

run: ## install what is missing, build, serve https://localhost:8443 [ARGS="--qa=on"]
	@scripts/setup.sh run && scripts/build.sh && exec var/bin/visavis serve $(ARGS)

dev: ## the same, with the pages read from static/ at each load
	@scripts/setup.sh run && scripts/build.sh && exec var/bin/visavis serve --static-dir static $(ARGS)

build: ## build the programs into var/bin
	@scripts/build.sh

deb: ## the Debian package of this machine's release, var/visavis_VERSION_ARCH.deb
	@scripts/setup.sh run && scripts/deb.sh

deb-test: deb ## install, start, upgrade, remove and purge it in an overlay over this machine (root)
	@scripts/deb-test.sh

release: ## what a release publishes, into var/release: source, package, parts (CycloneDX), licences, sums
	@scripts/setup.sh run && scripts/release.sh

release-test: ## the same twice, the second with an empty cache: the same bytes
	@scripts/setup.sh run && scripts/release.sh verify

test: ## install what the tests need and run all of them
	@scripts/setup.sh test && scripts/test.sh

test-go: ## the Go tests alone
	@scripts/setup.sh test && scripts/test.sh go

test-js: ## the JavaScript tests alone
	@scripts/setup.sh test && scripts/test.sh js

e2e: ## the browser tests alone; every screen in French, Arabic and two made-up languages
	@scripts/setup.sh test && scripts/test.sh e2e

e2e-languages: ## every screen in each of the twelve languages, a quarter of an hour
	@scripts/setup.sh test && scripts/build.sh && cd e2e && VISAVIS_LANGUAGES=all node --test languages.test.js

webkit-test: ## the scripted camera in WebKit (Debian's MiniBrowser), from the link to the end
	@scripts/setup.sh test && scripts/webkit.sh

distro-test: ## build and try it in chroots of Debian 12 and 13 (root) [DATA=folder: accuracy too]
	@VISAVIS_EVAL="$(DATA)" scripts/distro-test.sh $(ARGS)

image-test: ## build the Dockerfile with buildah over debootstrapped bases, run the image (root) [ARGS=--volume…]
	@scripts/image-test.sh $(ARGS)

kube-test: ## the manifests of docs/kubernetes against Kubernetes' own types
	@scripts/kube.sh

proxy-test: ## nginx, Caddy and HAProxy with the settings of docs/proxies, before the program
	@scripts/setup.sh run && scripts/proxy-test.sh $(ARGS)

monitoring-test: ## the alert rules of docs/monitoring, each on its fault
	@scripts/monitoring-test.sh

test-busy: ## the Go tests three times on a machine that is busy with something else
	@scripts/setup.sh test && scripts/busy.sh

step-test: ## a real step-ca issues: its client, and the whole journey in a browser with keys in SoftHSM2
	@scripts/step-test.sh

test-oracles: ## other programs judge certificates and proofs of the tests [ARGS=-update: into docs/trust.md]
	@scripts/oracles.sh $(ARGS)

lint: ## the linters alone
	@scripts/setup.sh check && scripts/check.sh

check: ## linters and all tests
	@scripts/setup.sh check && scripts/check.sh && scripts/test.sh

fuzz: ## fuzz every decoder, 30 s each [FUZZTIME=5m FUZZ_WORKERS=1]
	@scripts/fuzz.sh

api-fuzz: ## schemathesis against the API of other sites, 10 minutes [FUZZ_SECONDS=60]
	@scripts/setup.sh run && scripts/build.sh && scripts/api-fuzz.sh

bench: ## what the server adds to bare decoding and bare sockets; prints a table, writes bench.json
	@scripts/setup.sh test && scripts/bench.sh

bench-pages: ## what a phone waits for on a slow line and with a slow processor, beside the goals
	@scripts/setup.sh test && scripts/build.sh && node e2e/bench-pages.js

first-success: ## how long the README's way takes from make run to a photo by the phone
	@scripts/setup.sh test && scripts/build.sh && node e2e/first-success.js

load: ## what one machine holds: 9,000 idle sessions, phones that capture, enrolments; writes load.json [ARGS="-runs 1"]
	@scripts/setup.sh test && scripts/load.sh $(ARGS)

soak: ## phones and sessions come and go for 20 minutes; fails if something grows [ARGS="-for 4m"]
	@scripts/setup.sh test && scripts/soak.sh $(ARGS)

chaos: ## break what a server rests on while people use it, half an hour [ARGS="-run Redis"]
	@scripts/setup.sh test && scripts/chaos.sh $(ARGS)

kills: ## kill -9 at 200 random moments of a journey, on SQLite and PostgreSQL, about an hour [KILLS=20 SEED=17]
	@scripts/setup.sh test && VISAVIS_KILLS=$(or $(KILLS),200) VISAVIS_KILLS_SEED=$(SEED) \
	  scripts/chaos.sh -run TestJourneyKilledAtRandomMoments -timeout 4h

eval: ## measure judging and reading on labelled images, DATA=folder; writes eval.json [ARGS="-only mrz"]
	@scripts/setup.sh run && scripts/eval.sh "$(DATA)" $(ARGS)

eval-peers: ## the same images given to what could be taken instead, DATA=folder
	@scripts/setup.sh run && scripts/peers.sh "$(DATA)"

attack: ## play attacks on captures and tell which signals notice them; writes docs/presence.md [DATA=folder]
	@scripts/setup.sh run && scripts/attack.sh "$(DATA)" $(ARGS)

screenshots: ## every state of the pages as pictures in var/screenshots
	@scripts/setup.sh test && scripts/build.sh && node e2e/screenshots.js

tour: ## the README's pictures, from the login to the certificate, in docs/img/tour
	@scripts/setup.sh test && scripts/build.sh && node e2e/tour.js

fmt: ## format the Go files
	@gofmt -w $$(git ls-files '*.go')

clean: ## remove what was built and fetched
	rm -rf var bench.json eval.json load.json e2e/node_modules clients/ts/node_modules clients/ts/dist

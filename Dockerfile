# tickql: one image for every part. `docker run IMAGE serve`, `produce`, `relay` and so on: docs/deploy.md.

FROM debian:trixie-slim AS build
# Debian's newest packages each time, with their security updates: not of fixed versions.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates nodejs npm python3-hatchling python3-pip python3-venv
WORKDIR /src
# First what changes seldom.
COPY deploy/image/requirements.lock requirements.lock
RUN python3 -m venv --without-pip /tickql \
    && pip --python /tickql/bin/python install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.lock
COPY . .
RUN scripts/setup graphiql board
RUN python3 -m hatchling build -t wheel -d /wheels \
    && pip --python /tickql/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM debian:trixie-slim
# Drivers of graphics cards, 200 MB, come with a library that the browser needs. Without a card it never loads them.
# hadolint ignore=DL3008
RUN printf 'path-exclude=/usr/lib/*/%s\n' 'libLLVM*' 'libgallium*' 'libz3*' > /etc/dpkg/dpkg.cfg.d/no-graphics-card \
    && printf 'path-exclude=/usr/lib/chromium/libVkLayer*\n' >> /etc/dpkg/dpkg.cfg.d/no-graphics-card \
    && apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates chromium-headless-shell fonts-liberation libatomic1 python3 tini \
    && rm -rf /var/cache/apt/* /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/tickql --shell /usr/sbin/nologin tickql \
    && install --directory --owner tickql --group tickql --mode 0700 /var/lib/tickql
COPY --from=build /tickql /tickql
COPY deploy/image/health.py /tickql/health.py
# chromium-headless-shell is Chromium without a window, and libatomic1 is for Playwright's driver.
# A port that is published is reached from outside of the container only if the server listens on all addresses. Clients
# then need tokens: docs/operations.md.
ENV PATH=/tickql/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TICKQL_DATA=/var/lib/tickql \
    TICKQL_BROWSER=/usr/bin/chromium-headless-shell \
    TICKQL_HOST=0.0.0.0
# By number: Kubernetes can then tell that it is not root.
USER 10001:10001
WORKDIR /var/lib/tickql
# What it writes, also where the rest is read-only.
VOLUME ["/var/lib/tickql"]
EXPOSE 8000
# Of a server its `/healthz`; of a producer, with TICKQL_METRICS_PORT, its metrics, which a hung one does not give.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "/tickql/health.py"]
# tini, as process 1, passes signals on, and ends what a browser has left behind.
ENTRYPOINT ["tini", "--", "tickql"]
CMD ["--help"]

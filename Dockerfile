# One image for every process of Waybill. The command says which: `node dist/apps/<app>/main.js`, or `waybill …`.

FROM node:24-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# What runs: no development tools, no engines; Temporal's native library for this platform only, without its sources.
FROM base AS dependencies
RUN --mount=type=cache,id=npm,target=/npm \
    npm ci --cache /npm --omit=dev --omit=optional --ignore-scripts --loglevel=error \
 && cd node_modules/@temporalio/core-bridge \
 && rm -rf sdk-core src ts bridge-macros \
 && find releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM base AS build
RUN --mount=type=cache,id=npm,target=/npm npm ci --cache /npm --ignore-scripts --loglevel=error
COPY . .
RUN node scripts/build.mjs

FROM base AS runtime
LABEL org.opencontainers.image.title="Waybill" \
      org.opencontainers.image.description="Order fulfilment: services and the waybill command" \
      org.opencontainers.image.licenses="MIT"

# A volume that is mounted over one of these for the first time takes their owner.
RUN cd /var/lib && mkdir waybill && cd waybill && install -d -o node -g node -m 700 issuer keys payloads operator auditor mail ca identity operator-identity \
 && for name in gateway orders catalog customers inventory payments shipping notifications billing order-view operations fulfilment operator; do install -d -o node -g node -m 700 identities/$name; done \
 && printf '#!/bin/sh\nexec node --disable-warning=ExperimentalWarning /app/dist/apps/cli/main.js "$@"\n' > /usr/local/bin/waybill \
 && chmod 755 /usr/local/bin/waybill

COPY --from=dependencies /app/node_modules ./node_modules
COPY libs/contracts/proto ./libs/contracts/proto
COPY --from=build /app/dist ./dist

ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    MALLOC_ARENA_MAX=2 \
    WAYBILL_PROBE_LISTEN=0.0.0.0:8080 \
    WAYBILL_GRPC_LISTEN=0.0.0.0:9090
USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --start-interval=2s --retries=3 \
  CMD ["node", "dist/libs/telemetry/ask-readiness.js"]
CMD ["waybill", "--help"]

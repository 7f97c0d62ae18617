# The images posthaste (the default), call-provider, call-center and ip-notifier: docs/containers.md
ARG NODE_VERSION=26

FROM node:${NODE_VERSION}-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY apps/call-provider/package.json apps/call-provider/
COPY apps/call-center/package.json apps/call-center/
COPY apps/ip-notifier/package.json apps/ip-notifier/
COPY apps/kit/package.json apps/kit/
COPY faces/package.json faces/

# Install scripts would build before the sources are there, and download another Node.js.
FROM manifests AS tools
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts

FROM manifests AS packages
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --omit=dev

FROM tools AS command
COPY tsconfig.json tsconfig.build.json rolldown.config.ts third-party-licences.ts ./
COPY src src
COPY faces faces
RUN npm run build

FROM tools AS dashboard
COPY tsconfig.json third-party-licences.ts ./
COPY src src
COPY faces faces
COPY apps/call-center/vite.config.ts apps/call-center/
COPY apps/call-center/src/dashboard apps/call-center/src/dashboard
RUN npm run build -w apps/call-center

FROM node:${NODE_VERSION}-bookworm-slim AS runtime
ENV NODE_ENV=production
# By number, so that Kubernetes can tell that it is not root. It owns its data and nothing else.
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
WORKDIR /app
USER 1000:1000
STOPSIGNAL SIGTERM

FROM runtime AS app
COPY --from=packages /app ./
COPY src src
COPY apps/kit/src apps/kit/src

FROM app AS call-provider
COPY apps/call-provider/src apps/call-provider/src
# The log is also printed, for the engine to keep.
ENV SERVER_HOST=0.0.0.0 \
    SERVER_PORT=9000 \
    SQLITE_FILE=/data/webhook-registry.sqlite \
    LOG_FILE=/dev/null
EXPOSE 9000
# It has no page of its own: any answer that is not its fault will do.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.SERVER_PORT).then((answer) => process.exit(answer.status < 500 ? 0 : 1))"]
ENTRYPOINT ["node", "--conditions=posthaste-source", "apps/call-provider/src/main.ts"]

FROM app AS call-center
COPY --from=dashboard /app/apps/call-center/dist apps/call-center/dist
COPY apps/call-center/src apps/call-center/src
ENV SERVER_HOST=0.0.0.0 \
    SERVER_PORT=9001 \
    SQLITE_FILE=/data/webhook-consumer.sqlite \
    LOG_FILE=/dev/null
EXPOSE 9001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.SERVER_PORT + '/stats').then((answer) => process.exit(answer.ok ? 0 : 1))"]
ENTRYPOINT ["node", "--conditions=posthaste-source", "apps/call-center/src/main.ts"]

FROM app AS ip-notifier
COPY apps/ip-notifier/src apps/ip-notifier/src
ENV PORT=3000 \
    DATABASE_URL=sqlite:/data/ip-notifier.db
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((answer) => process.exit(answer.ok ? 0 : 1))"]
ENTRYPOINT ["node", "--conditions=posthaste-source", "apps/ip-notifier/src/main.ts"]

FROM runtime AS posthaste
COPY package.json LICENSE ./
COPY bin/posthaste bin/posthaste
# What the server has at /llms.txt.
COPY llms.txt ./
COPY docs docs
COPY --from=command /app/dist/command dist/command
COPY --from=command /app/dist/faces dist/faces
ENV POSTHASTE_HOST=0.0.0.0 \
    POSTHASTE_PORT=8071 \
    POSTHASTE_DATABASE_URL=sqlite:/data/posthaste.db
EXPOSE 8071
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.POSTHASTE_PORT + '/api/v1/health').then((answer) => process.exit(answer.ok ? 0 : 1))"]
ENTRYPOINT ["node", "bin/posthaste"]
CMD ["serve"]

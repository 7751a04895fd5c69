# One image for every part: `api` (the default), `worker`, `migrate` and the other commands of bin/playtrace.ts.

# The dashboard is built apart, by the development dependencies, of which nothing comes into the image.
FROM node:24-slim AS dashboard
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY dashboard ./dashboard
RUN node node_modules/vite/bin/vite.js build dashboard

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app

# What changes seldom first. Optional packages are the embedded database, which has no place in a container, and with
# the install scripts left out nothing of a dependency runs while the image is built.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

COPY migrations ./migrations
COPY bin ./bin
COPY src ./src
COPY --from=dashboard /app/dashboard/dist ./dashboard/dist

USER node
ENV HOST=0.0.0.0 PORT=3000
# This and the flags below as in src/commands/start/memory-settings.ts.
ENV MALLOC_ARENA_MAX=2
EXPOSE 3000
# Alive, not ready: an API is no sicker for a worker that stands still, and should go on taking events.
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_PORT || process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# Type stripping needs no build: the command is the source.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--heap-growing-percent=120", "bin/playtrace.ts"]
CMD ["api"]

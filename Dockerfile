# One image for all commands of bin/playtrace.ts: `api` (the default), `worker`, `migrate` and the others.

# A separate stage builds the dashboard, so that the development dependencies do not become part of the image.
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

# Dependencies come first, because they change rarely. The optional packages are the embedded database, which is not used in
# a container. Without install scripts, no code of a dependency runs during the build.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

COPY migrations ./migrations
COPY bin ./bin
COPY src ./src
COPY --from=dashboard /app/dashboard/dist ./dashboard/dist

# A volume that is mounted here belongs to the user of the image.
RUN install -d -o node -g node -m 0700 /var/lib/playtrace
USER node
ENV HOST=0.0.0.0 PORT=3000 PLAYTRACE_DATA_DIR=/var/lib/playtrace
# Keep this variable and the flags below equal to src/commands/start/memory-settings.ts.
ENV MALLOC_ARENA_MAX=2
EXPOSE 3000
# Checks /healthz and not /readyz: an API must continue to accept events while the workers are down.
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_PORT || process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# Node runs the TypeScript source directly, so there is no build step.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--heap-growing-percent=120", "bin/playtrace.ts"]
CMD ["api"]

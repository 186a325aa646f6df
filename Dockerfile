# docs/docker.md says how to run it. `npm run check:docker` runs these steps without Docker.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Neither development tools nor the embedded PostgreSQL, which is optional and not needed beside a server of its own.
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
# Owned by root, run by `node`: the service cannot change its own code.
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY models ./models
COPY scripts ./scripts
COPY src ./src
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# Only whether the process answers: a database that is down is no reason to restart it. Traffic goes by /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "scripts/winrate.ts"]
CMD ["serve"]

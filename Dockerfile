# One image for all stages; `docker compose up` runs each with its own command. It holds no embedded engines: in
# production Kafka and ClickHouse are real servers.
FROM node:20-bookworm-slim AS web
WORKDIR /src/dashboards/web
COPY dashboards/web/package.json dashboards/web/package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY dashboards/web ./
RUN npm run build

FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends mecab-ipadic libssl-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
COPY --from=web /src/dashboards/web/dist dashboards/web/dist
RUN cargo build --release --locked --no-default-features \
    && target/release/hark dictionary --from /usr/share/mecab/dic/ipadic --to /dictionary

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3 zlib1g && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/hark --create-home hark
COPY --from=build /src/target/release/hark /usr/local/bin/hark
COPY --from=build /dictionary /usr/share/hark/dictionary
USER hark
WORKDIR /var/lib/hark
ENTRYPOINT ["hark"]
CMD ["--help"]

# check=skip=SecretsUsedInArgOrEnv
# The image: one executable on a base with glibc, without a shell and without root. docs/containers.md tells how to run it.
#
#   docker build -t tokligence .       compiles the executable from this clone
#   make dist-docker                   takes those of dist/go, the same bytes as in the archives (docker-bake.hcl)
ARG EXECUTABLE=compiled

# The sources with what they need, as the services dev and test of compose.yaml run them. The image is not slim: it has make, git,
# curl and Python.
FROM --platform=$BUILDPLATFORM docker.io/library/node:24-bookworm AS source
WORKDIR /source
COPY .npmrc package.json package-lock.json ./
RUN npm ci --loglevel=error && node node_modules/bun/install.js && touch node_modules/.installed
COPY . .

FROM source AS compiled
ARG TARGETARCH
ARG DIST_VERSION
# There is no git history here, so without DIST_VERSION the executable says the version of package.json.
RUN case "${TARGETARCH:-$(dpkg --print-architecture)}" in amd64) processor=x64 ;; arm64) processor=arm64 ;; *) exit 1 ;; esac \
  && node_modules/.bin/bun scripts/build.ts --target "bun-linux-$processor" --outfile /out/tokligence

# "executables" is a folder that the caller names: --build-context executables=dist/go
FROM scratch AS prebuilt
ARG TARGETARCH
# hadolint ignore=DL3022
COPY --from=executables tokligence-linux-${TARGETARCH}/tokligence /out/tokligence

FROM ${EXECUTABLE} AS executable

# glibc, authorities' certificates, time zones, and a user 65532.
FROM gcr.io/distroless/base-nossl-debian12:nonroot
COPY --from=executable --chmod=0755 /out/tokligence /usr/local/bin/tokligence
COPY LICENSE THIRD_PARTY_LICENSES /app/
COPY --chown=65532:0 config/ /app/config/
# Any user may be chosen with --user: without a group of their own they are in group 0, which may write the data.
COPY --chown=65532:0 --chmod=0775 packaging/container/app/ /app/

# Others reach a container only when it listens beyond its own loopback, and that is refused without keys.
ENV TOKLIGENCE_CONFIG_DIR=/app/config \
    TOKLIGENCE_DATABASE_PATH=/app/data/gateway.db \
    TOKLIGENCE_GATEWAY_HOST=0.0.0.0 \
    TOKLIGENCE_GATEWAY_AUTH_ENABLED=true
USER 65532:65532
WORKDIR /app
VOLUME /app/data
EXPOSE 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s --retries=3 CMD ["tokligence", "status"]
ENTRYPOINT ["tokligence"]
CMD ["serve"]

ARG DIST_VERSION
ARG DIST_COMMIT
LABEL org.opencontainers.image.title="Tokligence" \
      org.opencontainers.image.description="An LLM gateway in one executable" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/tokligence/gateway" \
      org.opencontainers.image.documentation="https://github.com/tokligence/gateway/blob/main/docs/containers.md" \
      org.opencontainers.image.version="${DIST_VERSION:-unreleased}" \
      org.opencontainers.image.revision="${DIST_COMMIT:-unknown}"
